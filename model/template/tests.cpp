#include "model/template/argument_reader.hpp"
#include "model/template/builtins.hpp"
#include "model/template/operators.hpp"
#include "model/template/printing.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>

namespace hawser::model::jinja {

namespace {

using question = bool (*)(host&, const value&, const arguments&);

bool is_sequence(const value& v) {
  const list* l = v.as_list();
  if (l != nullptr) return l->kind != list_kind::view && l->kind != list_kind::iterator;
  return v.as_text() != nullptr || v.as_dict() != nullptr || v.is_undefined();
}

bool is_iterable(const value& v) {
  return v.as_list() != nullptr || v.as_text() != nullptr || v.as_dict() != nullptr || v.is_undefined() ||
         (v.as_object() != nullptr && v.as_object()->kind == object_kind::loop);
}

bool is_callable(const value& v) {
  if (v.is_undefined()) return true;  // calling it is what fails
  return v.as_object() != nullptr && v.as_object()->kind != object_kind::name_space &&
         v.as_object()->kind != object_kind::cycler;
}

value other(const arguments& given, std::string_view name) {
  return argument_reader(name, given, {"other"}).need(0);
}

double rest_of(host& h, const value& v, const value& by) {
  const value rest = apply_operator(h.spending(), "%", v, by);
  return real_of(rest).value_or(truth(rest) ? -1 : 0);
}

/// Some letter, and none of the other case.
bool is_cased(host& h, const value& v, bool upper_case) {
  bool some = false;
  const std::string s = printed(h.spending(), v);
  for (std::size_t at = 0; at < s.size();) {
    const char32_t c = next_code_point(s, at);
    if (upper_case ? is_lower(c) : is_upper(c)) return false;
    some = some || (upper_case ? is_upper(c) : is_lower(c));
  }
  return some;
}

template <const char* Operator>
bool compared(host& h, const value& v, const arguments& given) {
  return apply_comparison(h.spending(), Operator, v, other(given, Operator));
}

constexpr char equals[] = "==";
constexpr char differs[] = "!=";
constexpr char below[] = "<";
constexpr char above[] = ">";
constexpr char at_most[] = "<=";
constexpr char at_least[] = ">=";
constexpr char inside[] = "in";

struct entry {
  std::string_view name;
  question ask;
};

/// What needs the value alone.
template <bool (*Ask)(const value&)>
bool simple(host&, const value& v, const arguments& given) {
  const argument_reader none_expected("the test", given, {});
  return Ask(v);
}

template <bool (*Ask)(host&, const value&)>
bool alone(host& h, const value& v, const arguments& given) {
  const argument_reader none_expected("the test", given, {});
  return Ask(h, v);
}

bool boolean(const value& v) {
  return v.as_bool() != nullptr;
}

bool defined(const value& v) {
  return !v.is_undefined();
}

bool dead(const value& v) {
  return v.is_undefined();
}

bool no(const value& v) {
  return v.as_bool() != nullptr && !*v.as_bool();
}

bool yes(const value& v) {
  return v.as_bool() != nullptr && *v.as_bool();
}

bool real(const value& v) {
  return v.as_real() != nullptr;
}

bool whole(const value& v) {
  return v.as_integer() != nullptr;
}

bool number(const value& v) {
  return real_of(v).has_value();
}

bool mapping(const value& v) {
  return v.as_dict() != nullptr;
}

bool nothing(const value& v) {
  return v.is_none();
}

bool words(const value& v) {
  return v.as_text() != nullptr;
}

bool escaped(const value&) {
  return false;
}

bool divisible(host& h, const value& v, const arguments& given) {
  return rest_of(h, v, argument_reader("divisibleby", given, {"num"}).need(0)) == 0;
}

bool even(host& h, const value& v) {
  return rest_of(h, v, value(std::int64_t{2})) == 0;
}

bool odd(host& h, const value& v) {
  return rest_of(h, v, value(std::int64_t{2})) == 1;
}

bool same(host&, const value& v, const arguments& given) {
  return v.same_as(other(given, "sameas"));
}

bool lower_case(host& h, const value& v) {
  return is_cased(h, v, false);
}

bool upper_case(host& h, const value& v) {
  return is_cased(h, v, true);
}

bool known_filter(const value& v) {
  return v.as_text() != nullptr && is_filter(v.as_text()->bytes);
}

bool known_test(const value& v) {
  return v.as_text() != nullptr && is_test(v.as_text()->bytes);
}

constexpr std::array tests{
    entry{"!=", compared<differs>},
    entry{"<", compared<below>},
    entry{"<=", compared<at_most>},
    entry{"==", compared<equals>},
    entry{">", compared<above>},
    entry{">=", compared<at_least>},
    entry{"boolean", simple<boolean>},
    entry{"callable", simple<is_callable>},
    entry{"defined", simple<defined>},
    entry{"divisibleby", divisible},
    entry{"eq", compared<equals>},
    entry{"equalto", compared<equals>},
    entry{"escaped", simple<escaped>},
    entry{"even", alone<even>},
    entry{"false", simple<no>},
    entry{"filter", simple<known_filter>},
    entry{"float", simple<real>},
    entry{"ge", compared<at_least>},
    entry{"greaterthan", compared<above>},
    entry{"gt", compared<above>},
    entry{"in", compared<inside>},
    entry{"integer", simple<whole>},
    entry{"iterable", simple<is_iterable>},
    entry{"le", compared<at_most>},
    entry{"lessthan", compared<below>},
    entry{"lower", alone<lower_case>},
    entry{"lt", compared<below>},
    entry{"mapping", simple<mapping>},
    entry{"ne", compared<differs>},
    entry{"none", simple<nothing>},
    entry{"number", simple<number>},
    entry{"odd", alone<odd>},
    entry{"sameas", same},
    entry{"sequence", simple<is_sequence>},
    entry{"string", simple<words>},
    entry{"test", simple<known_test>},
    entry{"true", simple<yes>},
    entry{"undefined", simple<dead>},
    entry{"upper", alone<upper_case>},
};

const entry* find_test(std::string_view name) {
  const auto it = std::lower_bound(tests.begin(), tests.end(), name,
                                   [](const entry& e, std::string_view n) { return e.name < n; });
  return it != tests.end() && it->name == name ? &*it : nullptr;
}

}  // namespace

bool is_test(std::string_view name) {
  return find_test(name) != nullptr;
}

bool apply_test(host& h, std::string_view name, const value& input, const arguments& args) {
  const entry* e = find_test(name);
  if (e == nullptr) fail("found the unknown test '" + std::string(name.substr(0, 40)) + "'");
  h.spending().step();
  return e->ask(h, input, args);
}

}  // namespace hawser::model::jinja
