#include "net/prompt_fields.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

bool is_number(const json::value& v) noexcept {
  return v.is_int64() || v.is_uint64() || v.is_double();
}

void add_text(const json::value& v, prompt_list& to) {
  to.emplace_back(actors::plain_prompt{std::string(v.get_string().data(), v.get_string().size())});
}

void add_tokens(field_reader& fields, const std::string& at, const json::array& list, prompt_list& to) {
  actors::token_prompt prompt;
  prompt.tokens.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto id = whole_number(list[i]);
    if (!id || *id < 0 || *id > std::numeric_limits<model::token_id>::max()) {
      return fields.expected(at + "[" + std::to_string(i) + "]", "a token number", list[i]);
    }
    prompt.tokens.push_back(static_cast<model::token_id>(*id));
  }
  to.emplace_back(std::move(prompt));
}

void add_one(field_reader& fields, const std::string& at, const json::value& one, prompt_list& to) {
  if (one.is_string()) return add_text(one, to);
  const json::array* const tokens = one.if_array();
  if (tokens != nullptr && !tokens->empty()) return add_tokens(fields, at, *tokens, to);
  fields.expected(at, "a string or a non-empty array of tokens", one);
}

}  // namespace

prompt_list read_prompts(field_reader& fields, std::string_view name, const text_limits& limits) {
  prompt_list made;
  const json::value* const v = fields.find(name);
  const json::array* const list = v == nullptr ? nullptr : v->if_array();
  if (v == nullptr) {
    fields.fail(name, "required: a string, an array of strings, or tokens");
  } else if (v->is_string()) {
    add_text(*v, made);
  } else if (list == nullptr) {
    fields.expected(name, "a string, an array of strings, or tokens", *v);
  } else if (list->empty()) {
    fields.fail(name, "expected at least one prompt, found an empty array");
  } else if (is_number(list->front())) {
    add_tokens(fields, std::string(name), *list, made);
  } else if (list->size() > limits.prompts) {
    fields.fail(name, "expected at most " + std::to_string(limits.prompts) + " prompts, found " +
                          std::to_string(list->size()));
  } else {
    for (std::size_t i = 0; i < list->size(); ++i)
      add_one(fields, std::string(name) + "[" + std::to_string(i) + "]", (*list)[i], made);
  }
  return made;
}

}  // namespace hawser::net
