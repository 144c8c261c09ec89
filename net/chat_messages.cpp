#include "net/chat_messages.hpp"

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
    part.fail("type", "required: \"text\"");
  } else if (type == "text") {
    if (!part.string("text", text)) part.fail("text", "required: a string");
  } else if (type == "refusal") {
    if (!part.string("refusal", text)) part.fail("refusal", "required: a string");
  } else {
    part.fail("type", "not supported: " + describe(json::value(type)) + "; this model reads text only");
  }
  part.refuse("prompt_cache_breakpoint", "prompts are remembered by themselves");
  part.refuse_unknown();
  return text;
}

std::string text_of_content(field_reader& message, const json::value& content) {
  if (const json::string* const text = content.if_string()) return {text->data(), text->size()};
  const json::array* const parts = content.if_array();
  if (parts == nullptr) {
    message.expected("content", "a string or an array of parts", content);
    return {};
  }
  std::string all;
  for (std::size_t i = 0; i < parts->size() && message.good(); ++i) {
    const std::string at = "content[" + std::to_string(i) + "]";
    const json::object* const object = (*parts)[i].if_object();
    if (object == nullptr) {
      message.expected(at, "an object", (*parts)[i]);
      break;
    }
    field_reader part(*object, message.path(at));
    if (i > 0) all += '\n';
    all += text_of_part(part);
    if (!part.good()) message.fail(part.error());
  }
  return all;
}

void copy_text(field_reader& from, std::string_view name, json::object& to) {
  std::string text;
  if (from.string(name, text)) to[name] = text;
}

void copy_tool_calls(field_reader& from, json::object& to) {
  const json::array* const calls = from.array("tool_calls");
  if (calls == nullptr || calls->empty()) return;
  for (std::size_t i = 0; i < calls->size(); ++i) {
    const std::string at = "tool_calls[" + std::to_string(i) + "]";
    const json::object* const call = (*calls)[i].if_object();
    const json::value* const function = call == nullptr ? nullptr : call->if_contains("function");
    const json::object* const body = function == nullptr ? nullptr : function->if_object();
    const json::value* const name = body == nullptr ? nullptr : body->if_contains("name");
    if (name == nullptr || !name->is_string())
      return from.expected(at, "an object with function.name", (*calls)[i]);
  }
  to["tool_calls"] = *calls;
}

json::object read_message(field_reader& message) {
  json::object made;
  std::string role;
  if (!message.string("role", role))
    message.fail("role", "required: system, developer, user, assistant or tool");
  if (role == "developer") role = "system";  // the newer name of the same thing, which no template knows
  if (message.good() && role != "system" && role != "user" && role != "assistant" && role != "tool") {
    message.fail("role",
                 "expected system, developer, user, assistant or tool, found " + describe(json::value(role)));
  }
  made["role"] = role;
  const json::value* const content = message.find("content");
  if (content != nullptr) {
    made["content"] = text_of_content(message, *content);
  } else if (role == "assistant") {
    made["content"] = "";
  } else {
    message.fail("content", "required: a string or an array of parts");
  }
  copy_text(message, "name", made);
  copy_text(message, "tool_call_id", made);
  copy_text(message, "refusal", made);
  copy_text(message, "reasoning_content", made);
  copy_tool_calls(message, made);
  message.refuse("function_call", "use tool_calls");
  message.refuse("audio", "this model reads text only");
  message.refuse("annotations", "they are not shown to the model");
  message.refuse_unknown();
  return made;
}

}  // namespace

json::array read_messages(field_reader& fields) {
  const json::array* const given = fields.array("messages");
  if (given == nullptr || given->empty()) {
    fields.fail("messages", "required: a non-empty array of messages");
    return {};
  }
  json::array made;
  made.reserve(given->size());
  for (std::size_t i = 0; i < given->size(); ++i) {
    const std::string at = "messages[" + std::to_string(i) + "]";
    const json::object* const object = (*given)[i].if_object();
    if (object == nullptr) {
      fields.expected(at, "an object", (*given)[i]);
      return {};
    }
    field_reader message(*object, at);
    made.push_back(read_message(message));
    if (!message.good()) {
      fields.fail(message.error());
      return {};
    }
  }
  return made;
}

void read_template_fields(field_reader& fields, json::object& to) {
  if (const json::object* const more = fields.object("chat_template_kwargs")) {
    for (const auto& member : *more) {
      if (member.key() == "messages" || member.key() == "tools") {
        return fields.fail("chat_template_kwargs", "must not contain " + describe(json::value(member.key())));
      }
      to[member.key()] = member.value();
    }
  }
  bool prompt = true;
  if (fields.boolean("add_generation_prompt", prompt)) to["add_generation_prompt"] = prompt;
}

}  // namespace hawser::net
