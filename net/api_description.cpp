#include "net/api_description.hpp"

#include "net/openapi_text.hpp"
#include "net/pages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hawser::net {
namespace {

namespace json = boost::json;

constexpr std::string_view mark = "x-limit";

json::array names(std::initializer_list<std::string_view> all) {
  json::array made;
  for (const std::string_view one : all) made.emplace_back(json::string_view(one.data(), one.size()));
  return made;
}

/// A regular expression of the numbers 0 to `last`: of as many digits, those that leave `last`'s own digits
/// downwards at one place, at each place.
std::string numbers_to(std::uint32_t last) {
  const std::string digits = std::to_string(last);
  std::string out = "^(0";
  if (digits.size() > 1) out += "|[1-9][0-9]{0," + std::to_string(digits.size() - 2) + "}";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char least = i == 0 ? '1' : '0';
    if (digits[i] <= least) continue;
    out += "|" + digits.substr(0, i) + "[" + least + "-" + static_cast<char>(digits[i] - 1) + "]";
    out += "[0-9]{" + std::to_string(digits.size() - i - 1) + "}";
  }
  return out + (last == 0 ? ")$" : "|" + digits + ")$");
}

json::value limit_of(std::string_view name, const actors::service_state& model, const text_limits& limits) {
  if (name == "choices") return limits.choices;
  if (name == "stop_strings") return limits.stop_strings;
  if (name == "stop_bytes") return limits.stop_bytes;
  if (name == "logit_biases") return limits.logit_biases;
  if (name == "top_logprobs") return limits.top_logprobs;
  if (name == "prompts") return limits.prompts;
  if (name == "width") return model.width;
  if (name == "last_token") return model.vocabulary - 1;
  if (name == "token_names") return json::string(numbers_to(model.vocabulary - 1));
  if (name == "thinking")
    return model.thinking.open.empty() ? names({"disabled"}) : names({"adaptive", "disabled"});
  if (name != "model")
    throw std::logic_error("net/openapi.json names an unknown limit: " + std::string(name));
  json::array served = names({model.model_name});
  served.emplace_back(nullptr);
  return served;
}

void put_limits(json::value& in, const actors::service_state& model, const text_limits& limits) {
  if (json::array* const list = in.if_array()) {
    for (json::value& one : *list) put_limits(one, model, limits);
  }
  json::object* const object = in.if_object();
  if (object == nullptr) return;
  if (const auto found = object->find(json::string_view(mark.data(), mark.size())); found != object->end()) {
    const json::object marked = found->value().as_object();
    object->erase(found);
    for (const auto& [keyword, name] : marked)
      (*object)[keyword] = limit_of(std::string_view(name.as_string()), model, limits);
  }
  for (auto& member : *object) put_limits(member.value(), model, limits);
}

}  // namespace

std::string api_description(const actors::service_state& model, const text_limits& limits,
                            std::string_view version) {
  static const json::value document = json::parse(openapi_text);
  json::value made = document;
  put_limits(made, model, limits);
  made.at("info").as_object()["version"] = json::string_view(version.data(), version.size());
  return json::serialize(made);
}

response description_page(const actors::service_state& model, const text_limits& limits,
                          std::string_view version) {
  const actors::phase now = model.now.load(std::memory_order_acquire);
  if (now == actors::phase::loading) return error_response(not_serving(now), {});
  response made;
  made.body = api_description(model, limits, version);
  return made;
}

}  // namespace hawser::net
