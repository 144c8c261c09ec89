#include "net/anthropic_messages.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

void add_line(std::string& to, std::string_view text) {
  if (!to.empty()) to += '\n';
  to += text;
}

/// Calls `read(block, type)` for each block of an array, with the reader of its fields.
template <class Read>
void each_block(field_reader& fields, std::string_view name, const json::value& content, const Read& read) {
  const json::array* const blocks = content.if_array();
  if (blocks == nullptr) return fields.expected(name, "a string or an array of blocks", content);
  for (std::size_t i = 0; i < blocks->size() && fields.good(); ++i) {
    const std::string at = std::string(name) + "[" + std::to_string(i) + "]";
    const json::object* const object = (*blocks)[i].if_object();
    if (object == nullptr) return fields.expected(at, "an object", (*blocks)[i]);
    field_reader block(*object, fields.path(at));
    std::string type;
    if (!block.string("type", type)) block.fail("type", "required: a string");
    (void)block.object("cache_control");  // prompts are remembered by themselves
    if (block.good()) read(block, type);
    block.refuse_unknown();
    if (!block.good()) fields.fail(block.error());
  }
}

void read_text(field_reader& block, std::string& to) {
  std::string text;
  if (!block.string("text", text)) block.fail("text", "required: a string");
  block.refuse("citations", "this server cites nothing");
  add_line(to, text);
}

void refuse_type(field_reader& block, std::string_view type) {
  block.fail("type", "not supported here: " + describe(json::value(type)) + "; this model reads text only");
}

/// A string, or blocks of text only.
std::string read_texts(field_reader& fields, std::string_view name, const json::value& content) {
  if (const json::string* const text = content.if_string()) return {text->data(), text->size()};
  std::string all;
  each_block(fields, name, content, [&all](field_reader& block, std::string_view type) {
    if (type == "text") return read_text(block, all);
    refuse_type(block, type);
  });
  return all;
}

json::object said(std::string_view role, std::string text) {
  json::object made;
  made["role"] = role;
  made["content"] = std::move(text);
  return made;
}

void read_tool_use(field_reader& block, json::array& to) {
  std::string id;
  std::string name;
  if (!block.string("id", id)) block.fail("id", "required: a string");
  if (!block.string("name", name)) block.fail("name", "required: a string");
  const json::object* const input = block.object("input");
  if (input == nullptr) return block.fail("input", "required: an object");
  block.refuse("caller", "only the model calls tools");
  block.refuse("toolset_name", "there are no sets of tools");
  json::object function;
  function["name"] = name;
  function["arguments"] = *input;
  json::object call;
  call["id"] = id;
  call["type"] = "function";
  call["function"] = std::move(function);
  to.push_back(std::move(call));
}

void read_tool_result(field_reader& block, json::array& to) {
  std::string id;
  if (!block.string("tool_use_id", id)) block.fail("tool_use_id", "required: a string");
  const json::value* const content = block.find("content");
  json::object made = said("tool", content == nullptr ? "" : read_texts(block, "content", *content));
  made["tool_call_id"] = id;
  bool failed = false;
  if (block.boolean("is_error", failed) && failed) made["is_error"] = true;
  block.refuse("toolset_name", "there are no sets of tools");
  to.push_back(std::move(made));
}

void read_assistant(field_reader& message, const json::value& content, json::array& to) {
  std::string text;
  std::string thoughts;
  json::array calls;
  each_block(message, "content", content, [&](field_reader& block, std::string_view type) {
    if (type == "text") return read_text(block, text);
    if (type == "tool_use") return read_tool_use(block, calls);
    if (type != "thinking") return refuse_type(block, type);
    std::string thought;
    std::string signature;
    if (!block.string("thinking", thought)) block.fail("thinking", "required: a string");
    block.string("signature", signature);
    add_line(thoughts, thought);
  });
  json::object made = said("assistant", std::move(text));
  if (!thoughts.empty()) made["reasoning_content"] = thoughts;
  if (!calls.empty()) made["tool_calls"] = std::move(calls);
  to.push_back(std::move(made));
}

void read_user(field_reader& message, const json::value& content, json::array& to) {
  std::string text;
  bool any_text = false;
  const auto flush = [&] {
    if (std::exchange(any_text, false)) to.push_back(said("user", std::exchange(text, {})));
  };
  each_block(message, "content", content, [&](field_reader& block, std::string_view type) {
    if (type == "text") {
      any_text = true;
      return read_text(block, text);
    }
    if (type != "tool_result") return refuse_type(block, type);
    flush();
    read_tool_result(block, to);
  });
  flush();
}

void read_message(field_reader& message, json::array& to) {
  std::string role;
  if (!message.string("role", role)) return message.fail("role", "required: user or assistant");
  const json::value* const content = message.find("content");
  if (content == nullptr) return message.fail("content", "required: a string or an array of blocks");
  if (role != "user" && role != "assistant" && role != "system") {
    message.fail("role", "expected user or assistant, found " + describe(json::value(role)));
  } else if (content->is_string() || role == "system") {
    to.push_back(said(role, read_texts(message, "content", *content)));
  } else if (role == "user") {
    read_user(message, *content, to);
  } else {
    read_assistant(message, *content, to);
  }
  message.refuse_unknown();
}

}  // namespace

json::array read_anthropic_messages(field_reader& fields) {
  json::array made;
  if (const json::value* const system = fields.find("system"))
    made.push_back(said("system", read_texts(fields, "system", *system)));
  const json::array* const given = fields.array("messages");
  if (given == nullptr || given->empty()) {
    fields.fail("messages", "required: a non-empty array of messages");
    return {};
  }
  for (std::size_t i = 0; i < given->size() && fields.good(); ++i) {
    const std::string at = "messages[" + std::to_string(i) + "]";
    const json::object* const object = (*given)[i].if_object();
    if (object == nullptr) {
      fields.expected(at, "an object", (*given)[i]);
      break;
    }
    field_reader message(*object, at);
    read_message(message, made);
    if (!message.good()) fields.fail(message.error());
  }
  return made;
}

}  // namespace hawser::net
