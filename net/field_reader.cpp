#include "net/field_reader.hpp"

#include "net/json_text.hpp"
#include "net/utf8.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

std::string number_text(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

std::optional<double> as_number(const json::value& v) {
  if (const auto* const i = v.if_int64()) return static_cast<double>(*i);
  if (const auto* const u = v.if_uint64()) return static_cast<double>(*u);
  if (const auto* const d = v.if_double()) return *d;
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> whole_number(const json::value& v) {
  if (const auto* const i = v.if_int64()) return *i;
  if (const auto* const d = v.if_double()) {
    if (std::floor(*d) == *d && std::abs(*d) < 9e15) return static_cast<std::int64_t>(*d);
  }
  return std::nullopt;
}

std::string describe(const json::value& v) {
  constexpr std::size_t longest = 40;
  switch (v.kind()) {
  case json::kind::null:
    return "null";
  case json::kind::object:
    return "an object";
  case json::kind::array:
    return "an array of " + std::to_string(v.get_array().size());
  case json::kind::string: {
    const std::string_view text(v.get_string().data(), v.get_string().size());
    if (text.size() > longest) return "a string of " + std::to_string(text.size()) + " bytes";
    std::string out = "the string ";
    append_quoted(out, text);
    return out;
  }
  case json::kind::double_:
    return number_text(v.get_double());
  default:
    return json::serialize(v);
  }
}

std::string field_reader::path(std::string_view name) const {
  return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
}

const json::value* field_reader::find(std::string_view name) {
  known_.push_back(name);
  if (error_) return nullptr;
  const json::value* const found = from_.if_contains(json::string_view(name.data(), name.size()));
  return found == nullptr || found->is_null() ? nullptr : found;
}

void field_reader::fail(std::string_view name, std::string message) {
  fail_at(path(name), std::move(message));
}

void field_reader::fail_at(std::string at, std::string message) {
  if (error_) return;
  std::string whole = at + ": " + std::move(message);
  error_ = bad_field(std::move(at), std::move(whole));
}

void field_reader::expected(std::string_view name, std::string_view what, const json::value& found) {
  fail(name, "expected " + std::string(what) + ", found " + describe(found));
}

bool field_reader::number(std::string_view name, double least, double most, float& to) {
  const json::value* const v = find(name);
  if (v == nullptr) return false;
  const auto n = as_number(*v);
  if (!n || !(*n >= least && *n <= most)) {
    expected(name, "a number from " + number_text(least) + " to " + number_text(most), *v);
    return false;
  }
  to = static_cast<float>(*n);
  return true;
}

bool field_reader::integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t& to) {
  const json::value* const v = find(name);
  if (v == nullptr) return false;
  const auto n = whole_number(*v);
  if (!n || *n < least || *n > most) {
    expected(name, "an integer from " + std::to_string(least) + " to " + std::to_string(most), *v);
    return false;
  }
  to = *n;
  return true;
}

bool field_reader::boolean(std::string_view name, bool& to) {
  const json::value* const v = find(name);
  if (v == nullptr) return false;
  if (!v->is_bool()) {
    expected(name, "true or false", *v);
    return false;
  }
  to = v->get_bool();
  return true;
}

bool field_reader::string(std::string_view name, std::string& to) {
  const json::value* const v = find(name);
  if (v == nullptr) return false;
  if (!v->is_string()) {
    expected(name, "a string", *v);
    return false;
  }
  to.assign(v->get_string().data(), v->get_string().size());
  return true;
}

const json::array* field_reader::array(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr) return nullptr;
  if (!v->is_array()) expected(name, "an array", *v);
  return v->if_array();
}

const json::object* field_reader::object(std::string_view name) {
  const json::value* const v = find(name);
  if (v == nullptr) return nullptr;
  if (!v->is_object()) expected(name, "an object", *v);
  return v->if_object();
}

void field_reader::refuse(std::string_view name, std::string_view why) {
  const json::value* const v = find(name);
  if (v == nullptr) return;
  const bool asks_nothing = (v->is_bool() && !v->get_bool()) || (v->is_array() && v->get_array().empty()) ||
                            (v->is_object() && v->get_object().empty());
  if (!asks_nothing) fail(name, "not supported: " + std::string(why));
}

void field_reader::only(std::string_view name, std::initializer_list<std::string_view> allowed) {
  const json::value* const v = find(name);
  if (v == nullptr) return;
  const json::string* const text = v->if_string();
  if (text != nullptr &&
      std::ranges::find(allowed, std::string_view(text->data(), text->size())) != allowed.end())
    return;
  fail(name, "not supported: " + describe(*v) + "; leave it out");
}

void field_reader::refuse_unknown() {
  if (error_) return;
  std::ranges::sort(known_);
  for (const auto& member : from_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::binary_search(known_, name)) continue;
    const std::string shown(name.substr(0, utf8_valid_prefix(name.substr(0, 64))));
    api_error e = bad_field(path(shown), path(shown) + ": unknown field");
    e.code = "unknown_parameter";
    error_ = std::move(e);
    return;
  }
}

}  // namespace hawser::net
