#include "model/template/methods.hpp"

#include "model/template/argument_reader.hpp"
#include "model/template/builtins.hpp"
#include "model/template/operators.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hawser::model::jinja {

namespace {

constexpr std::array<std::string_view, 5> dict_methods{"copy", "get", "items", "keys", "values"};
constexpr std::array<std::string_view, 3> list_methods{"copy", "count", "index"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_object_view(const value& v) {
  return v.as_list() != nullptr &&
         (v.as_list()->kind == list_kind::view || v.as_list()->kind == list_kind::iterator);
}

value call_dict_method(host& h, const value& receiver, std::string_view name, const arguments& given) {
  meter& m = h.spending();
  const dict& d = *receiver.as_dict();
  if (name == "get") {
    const argument_reader args("get", given, {"key", "default"});
    const value key = args.need(0);
    if (!hashable(key)) fail("a " + type_name(key) + " cannot be a key of a dictionary");
    m.step(cost_of_finding(d, key));
    const value* found = d.find(key);
    return found != nullptr ? *found : args.get(1);
  }
  const argument_reader args(name, given, {});
  if (name == "copy") return receiver;
  std::vector<value> made;
  m.work(d.entries.size() * sizeof(value));
  for (const auto& [key, item] : d.entries) {
    if (name == "items") {
      m.step();
      made.push_back(make_list(m, {key, item}, list_kind::tuple));
    } else {
      made.push_back(name == "keys" ? key : item);
    }
  }
  return make_list(m, std::move(made), list_kind::view, "dict_" + std::string(name));
}

value call_list_method(host& h, const value& receiver, std::string_view name, const arguments& given) {
  meter& m = h.spending();
  const auto& items = receiver.as_list()->items;
  if (name == "copy") return receiver;
  const argument_reader args(name, given, {"value"});
  const value sought = args.need(0);
  std::int64_t n = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!equal(items[i], sought, &m)) continue;
    if (name == "index") return value(static_cast<std::int64_t>(i));
    ++n;
  }
  if (name == "index") fail("index() finds no such item in the list");
  return value(n);
}

}  // namespace

bool has_method(const value& receiver, std::string_view name) {
  if (receiver.as_text() != nullptr) return has_text_method(name);
  if (receiver.as_dict() != nullptr) return among(dict_methods, name);
  if (receiver.as_list() != nullptr) return !is_object_view(receiver) && among(list_methods, name);
  return receiver.as_real() != nullptr && name == "is_integer";
}

value call_method(host& h, const value& receiver, std::string_view name, arguments args) {
  meter& m = h.spending();
  m.step();
  if (const text* t = receiver.as_text()) return call_text_method(m, *t, name, args);
  if (receiver.as_dict() != nullptr) return call_dict_method(h, receiver, name, args);
  if (receiver.as_list() != nullptr) return call_list_method(h, receiver, name, args);
  const double d = *receiver.as_real();
  return value(std::isfinite(d) && d == std::floor(d));
}

}  // namespace hawser::model::jinja
