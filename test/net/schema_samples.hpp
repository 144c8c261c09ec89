/// As much of JSON Schema as the description of the interface uses: what a schema allows, and values at its
/// edges.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::net::test {

namespace json = boost::json;

class schema_book {
 public:
  /// `names`: what fields might be called; objects that are closed are tried with each.
  schema_book(const json::object& document, std::vector<std::string> names)
      : schemas_(document.at("components").at("schemas").as_object()), names_(std::move(names)) {}

  /// Follows a reference.
  [[nodiscard]] const json::object& resolve(const json::value& at) const {
    const json::object* found = &at.as_object();
    while (const json::value* const ref = found->if_contains("$ref")) {
      const std::string_view path(ref->as_string().data(), ref->as_string().size());
      const std::string_view name = path.substr(path.rfind('/') + 1);
      found = &schemas_.at(json::string_view(name.data(), name.size())).as_object();
    }
    return *found;
  }

  [[nodiscard]] bool allows(const json::value& at, const json::value& v) const {
    for (const auto& rule : resolve(at)) {
      if (!holds(resolve(at), rule.key(), rule.value(), v)) return false;
    }
    return true;
  }

  /// Values at the edges of what is allowed, on both sides; the first is allowed.
  [[nodiscard]] std::vector<json::value> samples(const json::value& at) const {
    std::vector<json::value> made;
    const json::object& s = resolve(at);
    for (const char* const either : {"anyOf", "oneOf"}) {
      if (const json::value* const branches = s.if_contains(either)) {
        for (const json::value& one : branches->as_array()) append(made, samples(one));
      }
    }
    if (const json::value* const one = s.if_contains("const")) made.push_back(*one);
    if (const json::value* const list = s.if_contains("enum")) append(made, list->as_array());
    add_integers(s, made);
    add_numbers(s, made);
    if (is(s, "string")) add_strings(s, made);
    if (is(s, "array")) add_arrays(s, made);
    if (is(s, "object")) add_objects(s, made);
    append(made, json::array{nullptr, true, false, 7, 0.5, "?", json::array(), json::array{true},
                             json::object(), json::object{{"?", 1}}});
    const auto first = std::ranges::find_if(made, [&](const json::value& v) { return allows(at, v); });
    if (first == made.end()) throw std::logic_error("nothing that is allowed was found");
    std::rotate(made.begin(), first, first + 1);
    return made;
  }

  /// What is required, and nothing else.
  [[nodiscard]] json::object least(const json::object& s) const {
    json::object made;
    if (const json::value* const required = s.if_contains("required")) {
      for (const json::value& name : required->as_array())
        made[name.as_string()] = samples(s.at("properties").at(name.as_string())).front();
    }
    return made;
  }

 private:
  template <class From>
  static void append(std::vector<json::value>& to, const From& from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  static bool is(const json::object& s, std::string_view type) {
    const json::value* const types = s.if_contains("type");
    if (types == nullptr) return false;
    if (types->is_string()) return types->as_string() == json::string_view(type.data(), type.size());
    return std::ranges::any_of(types->as_array(), [&](const json::value& one) {
      return one.as_string() == json::string_view(type.data(), type.size());
    });
  }

  static bool is_whole(const json::value& v) {
    return v.is_int64() || v.is_uint64() || (v.is_double() && std::floor(v.get_double()) == v.get_double());
  }

  static bool of_type(const json::object& s, const json::value& v) {
    if (v.is_null()) return is(s, "null");
    if (v.is_bool()) return is(s, "boolean");
    if (v.is_string()) return is(s, "string");
    if (v.is_array()) return is(s, "array");
    if (v.is_object()) return is(s, "object");
    return is(s, "number") || (is(s, "integer") && is_whole(v));
  }

  static long double number(const json::value& v) {
    if (v.is_int64()) return static_cast<long double>(v.get_int64());
    if (v.is_uint64()) return static_cast<long double>(v.get_uint64());
    return v.get_double();
  }

  /// 1 is 1.0.
  static bool equal(const json::value& a, const json::value& b) {
    return a == b || (a.is_number() && b.is_number() && number(a) == number(b));
  }

  [[nodiscard]] bool any(const json::value& branches, const json::value& v) const {
    return std::ranges::any_of(branches.as_array(), [&](const json::value& one) { return allows(one, v); });
  }

  [[nodiscard]] bool holds(const json::object& s, std::string_view rule, const json::value& told,
                           const json::value& v) const {
    if (rule == "type") return of_type(s, v);
    if (rule == "const") return equal(v, told);
    if (rule == "enum")
      return std::ranges::any_of(told.as_array(), [&](const json::value& one) { return equal(v, one); });
    if (rule == "anyOf") return any(told, v);
    if (rule == "oneOf")
      return std::ranges::count_if(told.as_array(), [&](const json::value& one) { return allows(one, v); }) ==
             1;
    if (rule == "allOf")
      return std::ranges::all_of(told.as_array(), [&](const json::value& one) { return allows(one, v); });
    if (rule == "not") return !allows(told, v);
    if (rule == "if") return !allows(told, v) || allows(s.at("then"), v);
    if (v.is_number()) {
      if (rule == "minimum") return number(v) >= number(told);
      if (rule == "maximum") return number(v) <= number(told);
    }
    if (const json::string* const text = v.if_string()) {
      if (rule == "minLength") return text->size() >= told.to_number<std::size_t>();
      if (rule == "maxLength") return text->size() <= told.to_number<std::size_t>();
      if (rule == "pattern") return matches(told.as_string().c_str(), text->c_str());
    }
    if (const json::array* const list = v.if_array()) return list_holds(rule, told, *list);
    if (const json::object* const object = v.if_object()) return object_holds(s, rule, told, *object);
    return true;
  }

  /// Remembers: the same names come often.
  [[nodiscard]] bool matches(const std::string& pattern, const std::string& text) const {
    const auto [found, added] = matched_.try_emplace({pattern, text});
    if (added) found->second = std::regex_search(text, patterns_.try_emplace(pattern, pattern).first->second);
    return found->second;
  }

  [[nodiscard]] bool list_holds(std::string_view rule, const json::value& told,
                                const json::array& list) const {
    if (rule == "minItems") return list.size() >= told.to_number<std::size_t>();
    if (rule == "maxItems") return list.size() <= told.to_number<std::size_t>();
    if (rule != "items") return true;
    return std::ranges::all_of(list, [&](const json::value& one) { return allows(told, one); });
  }

  [[nodiscard]] bool object_holds(const json::object& s, std::string_view rule, const json::value& told,
                                  const json::object& object) const {
    if (rule == "maxProperties") return object.size() <= told.to_number<std::size_t>();
    if (rule == "required")
      return std::ranges::all_of(told.as_array(),
                                 [&](const json::value& name) { return object.contains(name.as_string()); });
    const json::value* const known = s.if_contains("properties");
    return std::ranges::all_of(object, [&](const auto& member) {
      const json::value* const own =
          known == nullptr ? nullptr : known->as_object().if_contains(member.key());
      if (rule == "properties") return own == nullptr || allows(*own, member.value());
      if (rule == "propertyNames") return allows(told, json::value(member.key()));
      if (rule != "additionalProperties" || own != nullptr) return true;
      return told.is_bool() ? told.get_bool() : allows(told, member.value());
    });
  }

  static void add_integers(const json::object& s, std::vector<json::value>& to) {
    if (!is(s, "integer")) return;
    const json::value& least = s.at("minimum");
    const json::value& most = s.at("maximum");
    append(to, json::array{least, most, 1.0, 1.5});
    if (least.get_int64() != std::numeric_limits<std::int64_t>::min()) to.emplace_back(least.get_int64() - 1);
    if (most.is_int64()) to.emplace_back(most.get_int64() + 1);
  }

  static void add_numbers(const json::object& s, std::vector<json::value>& to) {
    if (!is(s, "number")) return;
    const auto least = s.at("minimum").to_number<double>();
    const auto most = s.at("maximum").to_number<double>();
    append(to, json::array{least, most, (least + most) / 2, least - 0.001, most + 0.001});
  }

  static void add_strings(const json::object& s, std::vector<json::value>& to) {
    append(to, json::array{"ok", ""});
    const json::value* const most = s.if_contains("maxLength");
    if (most == nullptr) return;
    const auto size = most->to_number<std::size_t>();
    to.emplace_back(std::string(size, 'x'));
    to.emplace_back(std::string(size + 1, 'x'));
  }

  void add_arrays(const json::object& s, std::vector<json::value>& to) const {
    const json::value* const items = s.if_contains("items");
    if (items == nullptr) return;
    const std::vector<json::value> each = samples(*items);
    for (const json::value& one : each) to.emplace_back(json::array{one});
    to.emplace_back(json::array{each.front(), each.front()});
    to.emplace_back(json::array{each.front(), nullptr});
    const json::value* const most = s.if_contains("maxItems");
    if (most == nullptr) return;
    const auto size = most->to_number<std::size_t>();
    to.emplace_back(json::array(size, each.front()));
    to.emplace_back(json::array(size + 1, each.front()));
  }

  static json::object with(json::object to, json::string_view name, const json::value& value) {
    to[name] = value;
    return to;
  }

  void add_objects(const json::object& s, std::vector<json::value>& to) const {
    const json::object plain = least(s);
    to.emplace_back(plain);
    for (const auto& member : plain) {
      json::object without = plain;
      without.erase(member.key());
      to.emplace_back(std::move(without));
    }
    if (s.contains("additionalProperties")) {
      for (const std::string& name : names_) to.emplace_back(with(plain, name, nullptr));
    }
    add_maps(s, to);
    const json::value* const properties = s.if_contains("properties");
    if (properties == nullptr) return;
    for (const auto& member : properties->as_object()) {
      for (const json::value& one : samples(member.value())) to.emplace_back(with(plain, member.key(), one));
    }
  }

  /// Objects whose names are data.
  void add_maps(const json::object& s, std::vector<json::value>& to) const {
    if (!s.contains("propertyNames")) return;
    const json::value* const values = s.if_contains("additionalProperties");
    const std::vector<json::value> each = values == nullptr ? std::vector<json::value>{1} : samples(*values);
    for (const json::value& one : each) {
      for (const char* const name :
           {"7", "007", "299", "300", "2147483648", "name", "", "-1", "messages", "tools"})
        to.emplace_back(json::object{{name, one}});
    }
    for (const std::size_t size : {64u, 65u})
      to.emplace_back(json::object{{std::string(size, 'x'), each.front()}});
    const json::value* const most = s.if_contains("maxProperties");
    if (most == nullptr) return;
    json::object full;
    for (std::size_t i = 0; i < most->to_number<std::size_t>(); ++i)
      full[std::string(i / 300, '0') + std::to_string(i % 300)] = each.front();
    to.emplace_back(full);
    to.emplace_back(with(std::move(full), "00000", each.front()));
  }

  const json::object& schemas_;
  std::vector<std::string> names_;
  mutable std::map<std::string, std::regex> patterns_;
  mutable std::map<std::pair<std::string, std::string>, bool> matched_;
};

}  // namespace hawser::net::test
