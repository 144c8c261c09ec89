#include "net/openapi.hpp"

#include "net/openapi_texts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

json::object read(std::string_view text) {
  return json::parse(json::string_view(text.data(), text.size())).as_object();
}

/// Any decimal digits of this many places.
std::string any_digits(std::size_t places) {
  return places == 0 ? std::string() : "[0-9]{" + std::to_string(places) + "}";
}

json::object thinking_of(bool thinks) {
  json::object fields;
  if (thinks) {
    fields["type"] = {{"enum", {"adaptive", "disabled"}}};
    fields["display"] = {{"enum", {nullptr, "summarized"}}};
  } else {
    fields["type"] = {{"const", "disabled"}};
    fields["disable_parallel_tool_use"] = {{"$ref", "#/components/schemas/switch"}};
  }
  return {{"type", {"object", "null"}},
          {"properties", std::move(fields)},
          {"required", json::array{"type"}},
          {"additionalProperties", false}};
}

/// By the names that stand for them in the texts, as "$name".
json::object values_of(const api_facts& facts) {
  const std::uint32_t last = std::max(facts.vocabulary, 1u) - 1;
  return {{"version", facts.version},
          {"model", facts.model},
          {"last_token", last},
          {"token_pattern", "^" + number_pattern(last) + "$"},
          {"width", std::max(facts.width, 1u)},
          {"choices", facts.limits.choices},
          {"stop_strings", facts.limits.stop_strings},
          {"stop_length", facts.limits.stop_bytes},
          {"logit_biases", facts.limits.logit_biases},
          {"top_logprobs", facts.limits.top_logprobs},
          {"prompts", facts.limits.prompts},
          {"thinking", thinking_of(facts.thinks)}};
}

/// Puts values where their names stand.
void fill(json::value& at, const json::object& values) {
  if (json::object* const object = at.if_object()) {
    for (auto& member : *object) fill(member.value(), values);
  } else if (json::array* const array = at.if_array()) {
    for (json::value& one : *array) fill(one, values);
  } else if (const json::string* const text = at.if_string(); text != nullptr && text->starts_with('$')) {
    if (const json::value* const value = values.if_contains(text->subview(1))) at = json::value(*value);
  }
}

/// Properties that a schema has from groups ("x-with") become its own.
void take_groups(json::object& schema, const json::object& groups) {
  const json::value* const with = schema.if_contains("x-with");
  if (with == nullptr) return;
  const json::array names = with->as_array();
  schema.erase("x-with");
  json::object& properties = schema["properties"].is_null() ? schema["properties"].emplace_object()
                                                            : schema["properties"].as_object();
  for (const json::value& name : names) {
    const json::object& group = groups.at(name.as_string()).as_object();
    properties.insert(group.begin(), group.end());
  }
}

/// The rule that best_of is n, for each n: JSON Schema cannot compare two fields.
void add_best_of(json::object& completion, std::int64_t choices) {
  json::array& rules = completion["allOf"].as_array();
  for (std::int64_t n = 1; n <= choices; ++n) {
    json::object chosen{{"properties", {{"n", {{"const", n}}}}}};
    if (n == 1) {
      chosen["properties"].as_object()["n"] = {{"enum", {nullptr, 1}}};
    } else {
      chosen["required"] = json::array{"n"};
    }
    rules.push_back(
        {{"if", {{"properties", {{"best_of", {{"const", n}}}}}, {"required", json::array{"best_of"}}}},
         {"then", std::move(chosen)}});
  }
}

/// Without a chat template there are no chats.
void forget_chats(json::object& document) {
  json::object& paths = document["paths"].as_object();
  for (const std::string_view gone : {"/v1/chat/completions", "/v1/responses", "/v1/responses/{id}",
                                      "/v1/messages", "/v1/messages/count_tokens", "/apply-template"})
    paths.erase(json::string_view(gone.data(), gone.size()));
  document["components"].at("schemas").at("tokenize_request").at("oneOf").as_array().pop_back();
}

}  // namespace

std::string number_pattern(std::uint32_t last) {
  const std::string digits = std::to_string(last);
  std::string out = "0*(";
  // Fewer digits than the last number; none at all is no number.
  if (digits.size() > 1) out += "[0-9]{1," + std::to_string(digits.size() - 1) + "}|";
  // As many: those that part from it at some place, by a smaller digit.
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char least = i == 0 && digits.size() > 1 ? '1' : '0';
    if (digits[i] <= least) continue;
    out += digits.substr(0, i) + "[" + least + "-" + static_cast<char>(digits[i] - 1) + "]";
    out += any_digits(digits.size() - i - 1) + "|";
  }
  return out + digits + ")";
}

api_facts api_facts_of(const actors::service_state& state) {
  api_facts made;
  made.model = state.model_name;
  made.vocabulary = state.vocabulary;
  made.width = state.width;
  made.has_chat_template = state.has_chat_template;
  made.thinks = !state.thinking.open.empty();
  return made;
}

std::string openapi_page(const api_facts& facts) {
  json::object document = read(openapi_texts::paths);
  const json::object groups = read(openapi_texts::fields);
  json::object& schemas = document["components"].at("schemas").as_object();
  for (const std::string_view part :
       {openapi_texts::requests, openapi_texts::conversations, openapi_texts::answers}) {
    for (auto& member : read(part)) schemas.insert_or_assign(member.key(), std::move(member.value()));
  }
  for (auto& member : schemas) take_groups(member.value().as_object(), groups);
  add_best_of(schemas["completion_request"].as_object(), facts.limits.choices);
  if (facts.keys) document["security"] = json::array{{{"bearer", json::array()}}, {{"key", json::array()}}};
  if (!facts.has_chat_template) forget_chats(document);
  json::value whole(std::move(document));
  fill(whole, values_of(facts));
  return json::serialize(whole);
}

}  // namespace hawser::net
