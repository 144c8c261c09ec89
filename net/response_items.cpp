#include "net/response_items.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

std::string text_of_part(field_reader& part) {
  std::string type;
  std::string text;
  if (!part.string("type", type)) {
    part.fail("type", "required: \"input_text\" or \"output_text\"");
  } else if (type == "input_text" || type == "output_text" || type == "text") {
    if (!part.string("text", text)) part.fail("text", "required: a string");
  } else if (type == "refusal") {
    if (!part.string("refusal", text)) part.fail("refusal", "required: a string");
  } else {
    part.fail("type", "not supported: " + describe(json::value(type)) + "; this model reads text only");
  }
  part.refuse("prompt_cache_breakpoint", "prompts are remembered by themselves");
  part.refuse("annotations", "they are not shown to the model");
  (void)part.array("logprobs");  // of an earlier answer's text, given back as it came
  part.refuse_unknown();
  return text;
}

/// A string, or parts of text.
std::string texts(field_reader& item, std::string_view name, const json::value& content) {
  if (const json::string* const text = content.if_string()) return {text->data(), text->size()};
  const json::array* const parts = content.if_array();
  std::string all;
  if (parts == nullptr) {
    item.expected(name, "a string or an array of parts", content);
    return all;
  }
  for (std::size_t i = 0; i < parts->size() && item.good(); ++i) {
    const std::string at = std::string(name) + "[" + std::to_string(i) + "]";
    const json::object* const object = (*parts)[i].if_object();
    if (object == nullptr) {
      item.expected(at, "an object", (*parts)[i]);
      break;
    }
    field_reader part(*object, item.path(at));
    if (i > 0) all += '\n';
    all += text_of_part(part);
    if (!part.good()) item.fail(part.error());
  }
  return all;
}

/// Items become messages; what an assistant thought and called goes into one message with what it said.
class item_reader {
 public:
  void take(field_reader& item) {
    std::string type = "message";
    item.string("type", type);
    std::string ignored;
    item.string("id", ignored);
    item.only("status", {"in_progress", "completed", "incomplete"});
    if (type == "message") {
      take_message(item);
    } else if (type == "function_call") {
      take_call(item);
    } else if (type == "function_call_output") {
      take_output(item);
    } else if (type == "reasoning") {
      take_reasoning(item);
    } else {
      item.fail("type", "not supported: " + describe(json::value(type)) +
                            "; items are messages, function calls, their outputs, and reasoning");
    }
    item.refuse_unknown();
  }

  [[nodiscard]] json::array finish() {
    if (!thoughts_.empty()) assistant();
    return std::move(made_);
  }

 private:
  void take_message(field_reader& item) {
    std::string role;
    if (!item.string("role", role))
      return item.fail("role", "required: user, assistant, system or developer");
    if (role == "developer") role = "system";  // the newer name of the same thing, which no template knows
    if (role != "user" && role != "assistant" && role != "system") {
      return item.fail("role",
                       "expected user, assistant, system or developer, found " + describe(json::value(role)));
    }
    const json::value* const content = item.find("content");
    if (content == nullptr) return item.fail("content", "required: a string or an array of parts");
    item.only("phase", {"commentary", "final_answer"});
    std::string said = texts(item, "content", *content);
    if (role == "assistant") {
      open_ = false;
      assistant()["content"] = std::move(said);
      open_ = true;
      return;
    }
    json::object message;
    message["role"] = role;
    message["content"] = std::move(said);
    push(std::move(message));
  }

  void take_call(field_reader& item) {
    std::string id;
    std::string name;
    std::string arguments;
    if (!item.string("call_id", id)) item.fail("call_id", "required: a string");
    if (!item.string("name", name)) item.fail("name", "required: a string");
    if (!item.string("arguments", arguments)) item.fail("arguments", "required: a string");
    item.refuse("namespace", "there are none");
    item.refuse("caller", "only the model calls functions");
    json::object function;
    function["name"] = name;
    function["arguments"] = arguments;
    json::object call;
    call["id"] = id;
    call["type"] = "function";
    call["function"] = std::move(function);
    json::value& calls = assistant()["tool_calls"];
    if (!calls.is_array()) calls = json::array();
    calls.get_array().push_back(std::move(call));
  }

  void take_output(field_reader& item) {
    std::string id;
    if (!item.string("call_id", id)) item.fail("call_id", "required: a string");
    const json::value* const output = item.find("output");
    if (output == nullptr) return item.fail("output", "required: a string or an array of parts");
    item.refuse("caller", "only the model calls functions");
    std::string name;
    item.string("name", name);
    item.refuse("namespace", "there are none");
    json::object message;
    message["role"] = "tool";
    message["content"] = texts(item, "output", *output);
    message["tool_call_id"] = id;
    push(std::move(message));
  }

  void take_reasoning(field_reader& item) {
    const json::array* const summary = item.array("summary");
    const json::array* const content = item.array("content");
    item.refuse("encrypted_content", "this server encrypts no reasoning: send its content");
    add_thoughts(item, "summary", "summary_text", summary);
    add_thoughts(item, "content", "reasoning_text", content);
  }

  void add_thoughts(field_reader& item, std::string_view name, std::string_view type,
                    const json::array* from) {
    if (from == nullptr) return;
    for (std::size_t i = 0; i < from->size(); ++i) {
      const std::string at = std::string(name) + "[" + std::to_string(i) + "]";
      const json::object* const object = (*from)[i].if_object();
      if (object == nullptr) return item.expected(at, "an object", (*from)[i]);
      field_reader part(*object, item.path(at));
      std::string text;
      part.only("type", {type});
      if (!part.string("text", text)) part.fail("text", "required: a string");
      part.refuse_unknown();
      if (!part.good()) return item.fail(part.error());
      if (!thoughts_.empty()) thoughts_ += '\n';
      thoughts_ += text;
    }
  }

  /// The assistant's message that goes on, or a new one.
  json::object& assistant() {
    if (!open_ || !thoughts_.empty()) {
      json::object message;
      message["role"] = "assistant";
      message["content"] = "";
      if (!thoughts_.empty()) message["reasoning_content"] = std::exchange(thoughts_, {});
      made_.push_back(std::move(message));
      open_ = true;
    }
    return made_.back().get_object();
  }

  void push(json::object message) {
    if (!thoughts_.empty()) assistant();
    made_.push_back(std::move(message));
    open_ = false;
  }

  json::array made_;
  std::string thoughts_;  // of the assistant's next message
  bool open_ = false;     // the last message is the assistant's, and calls may be added to it
};

}  // namespace

json::array read_response_input(field_reader& fields) {
  const json::value* const input = fields.find("input");
  item_reader items;
  if (input == nullptr) {
    fields.fail("input", "required: a string or an array of items");
  } else if (const json::string* const text = input->if_string()) {
    json::object message;
    message["role"] = "user";
    message["content"] = *text;
    return {std::move(message)};
  } else if (const json::array* const given = input->if_array(); given != nullptr && !given->empty()) {
    for (std::size_t i = 0; i < given->size() && fields.good(); ++i) {
      const std::string at = "input[" + std::to_string(i) + "]";
      const json::object* const object = (*given)[i].if_object();
      if (object == nullptr) {
        fields.expected(at, "an object", (*given)[i]);
        break;
      }
      field_reader item(*object, at);
      items.take(item);
      if (!item.good()) fields.fail(item.error());
    }
  } else {
    fields.expected("input", "a string or a non-empty array of items", *input);
  }
  if (!fields.good()) return {};
  return items.finish();
}

}  // namespace hawser::net
