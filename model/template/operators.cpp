#include "model/template/operators.hpp"

#include "model/template/formatting.hpp"
#include "model/template/printing.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace hawser::model::jinja {

namespace {

[[noreturn]] void wrong_types(std::string_view op, const value& a, const value& b) {
  for (const value* v : {&a, &b}) {
    if (v->is_undefined()) fail(v->why());
  }
  fail("'" + std::string(op) + "' does not work between " + type_name(a) + " and " + type_name(b));
}

[[noreturn]] void too_large() {
  fail("an integer grows beyond 64 bits, which is the limit here");
}

[[noreturn]] void by_zero() {
  fail("division by zero");
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t made = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(made, base, &made)) too_large();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) too_large();
  }
  return made;
}

value on_integers(std::string_view op, std::int64_t a, std::int64_t b) {
  std::int64_t made = 0;
  if (op == "+") {
    if (__builtin_add_overflow(a, b, &made)) too_large();
  } else if (op == "-") {
    if (__builtin_sub_overflow(a, b, &made)) too_large();
  } else if (op == "*") {
    if (__builtin_mul_overflow(a, b, &made)) too_large();
  } else if (op == "/") {
    if (b == 0) by_zero();
    return value(static_cast<double>(a) / static_cast<double>(b));
  } else if (op == "**") {
    if (b >= 0) return value(integer_power(a, b));
    if (a == 0) by_zero();
    return value(std::pow(static_cast<double>(a), static_cast<double>(b)));
  } else {
    if (b == 0) by_zero();
    if (b == -1) {  // the one quotient that may overflow
      if (op == "%") return value(std::int64_t{0});
      if (__builtin_sub_overflow(std::int64_t{0}, a, &made)) too_large();
      return value(made);
    }
    const bool rounds_up = a % b != 0 && ((a < 0) != (b < 0));  // Python rounds down, C towards zero
    made = op == "//" ? a / b - (rounds_up ? 1 : 0) : a % b + (rounds_up ? b : 0);
  }
  return value(made);
}

value on_reals(std::string_view op, double a, double b) {
  if (op == "+") return value(a + b);
  if (op == "-") return value(a - b);
  if (op == "*") return value(a * b);
  if (op == "**") {
    if (a == 0 && b < 0) by_zero();
    const double made = std::pow(a, b);
    if (std::isnan(made) && !std::isnan(a) && !std::isnan(b)) fail("the power is not a real number");
    if (std::isinf(made) && !std::isinf(a) && !std::isinf(b)) fail("the power is too large");
    return value(made);
  }
  if (b == 0) by_zero();
  if (op == "/") return value(a / b);
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) {
    rest += b;
    quotient -= 1;
  }
  if (op == "%") return value(rest == 0 ? std::copysign(0.0, b) : rest);
  if (quotient == 0) return value(std::copysign(0.0, a / b));
  const double floor = std::floor(quotient);
  return value(quotient - floor > 0.5 ? floor + 1 : floor);
}

value repeated(meter& m, const value& v, std::int64_t times) {
  const auto n = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  const text* t = v.as_text();
  const std::size_t one = t != nullptr ? t->bytes.size() : v.as_list()->items.size() * sizeof(value);
  if (one > 0 && n > std::numeric_limits<std::size_t>::max() / 2 / one)
    m.ensure(std::numeric_limits<std::size_t>::max());
  m.ensure(one * n);
  m.work(one * n);
  if (t != nullptr) {
    std::string made;
    made.reserve(one * n);
    for (std::size_t i = 0; one > 0 && i < n; ++i) made += t->bytes;
    return make_text(m, std::move(made));
  }
  const auto& items = v.as_list()->items;
  std::vector<value> made;
  made.reserve(items.size() * n);
  for (std::size_t i = 0; one > 0 && i < n; ++i) made.insert(made.end(), items.begin(), items.end());
  return make_list(m, std::move(made), v.as_list()->kind);
}

bool plain_sequence(const value& v) {
  const list* l = v.as_list();
  return v.as_text() != nullptr ||
         (l != nullptr && (l->kind == list_kind::list || l->kind == list_kind::tuple));
}

value joined(meter& m, const value& a, const value& b) {
  if (const text* x = a.as_text()) {
    const text* y = b.as_text();
    m.ensure(x->bytes.size() + y->bytes.size());
    if (!x->safe && !y->safe) return make_text(m, x->bytes + y->bytes);
    text_builder both(m);
    for (const text* t : {x, y}) t->safe ? both.append(t->bytes) : print_escaped(t->bytes, both);
    return make_text(m, both.take(), true);
  }
  const auto& x = a.as_list()->items;
  const auto& y = b.as_list()->items;
  m.ensure((x.size() + y.size()) * sizeof(value));
  std::vector<value> made(x);
  made.insert(made.end(), y.begin(), y.end());
  return make_list(m, std::move(made), a.as_list()->kind);
}

}  // namespace

std::optional<std::int64_t> integer_of(const value& v) noexcept {
  if (const auto* i = v.as_integer()) return *i;
  if (const bool* b = v.as_bool()) return *b ? 1 : 0;
  return std::nullopt;
}

std::optional<double> real_of(const value& v) noexcept {
  if (const double* d = v.as_real()) return *d;
  if (const auto i = integer_of(v)) return static_cast<double>(*i);
  return std::nullopt;
}

std::size_t find_in(std::string_view whole, std::string_view part, std::size_t from) noexcept {
  if (from > whole.size()) return std::string_view::npos;
  if (part.empty()) return from;
  // glibc's memmem is linear; string_view::find can cost the product of both lengths.
  const void* found = ::memmem(whole.data() + from, whole.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - whole.data());
}

value apply_operator(meter& m, std::string_view op, const value& a, const value& b) {
  const auto i = integer_of(a);
  const auto j = integer_of(b);
  if (i && j) return on_integers(op, *i, *j);
  const auto x = real_of(a);
  const auto y = real_of(b);
  if (x && y) return on_reals(op, *x, *y);
  if (op == "+" && plain_sequence(a) && plain_sequence(b) && type_name(a) == type_name(b))
    return joined(m, a, b);
  if (op == "*" && plain_sequence(a) && j) return repeated(m, a, *j);
  if (op == "*" && plain_sequence(b) && i) return repeated(m, b, *i);
  if (op == "%" && a.as_text() != nullptr) return percent_formatted(m, a.as_text()->bytes, b);
  wrong_types(op, a, b);
}

bool less(meter& m, const value& a, const value& b) {
  m.step();
  if (const auto i = integer_of(a), j = integer_of(b); i && j) return *i < *j;
  if (const auto x = real_of(a), y = real_of(b); x && y) return *x < *y;
  if (a.as_text() != nullptr && b.as_text() != nullptr) {
    m.work(std::min(a.as_text()->bytes.size(), b.as_text()->bytes.size()));
    return a.as_text()->bytes < b.as_text()->bytes;
  }
  if (plain_sequence(a) && plain_sequence(b) && type_name(a) == type_name(b)) {
    const level one(m);
    const auto& x = a.as_list()->items;
    const auto& y = b.as_list()->items;
    for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
      if (!equal(x[k], y[k], &m)) return less(m, x[k], y[k]);
    }
    return x.size() < y.size();
  }
  wrong_types("<", a, b);
}

bool contains(meter& m, const value& whole, const value& part) {
  if (const text* t = whole.as_text()) {
    const text* p = part.as_text();
    if (p == nullptr)
      fail("'in' a str looks for a str, found " + type_name(part) +
           (part.is_undefined() ? ": " + part.why() : ""));
    m.work(t->bytes.size());
    return find_in(t->bytes, p->bytes) != std::string_view::npos;
  }
  if (const dict* d = whole.as_dict()) {
    if (!hashable(part)) fail("a " + type_name(part) + " cannot be a key of a dictionary");
    m.step(cost_of_finding(*d, part));
    return d->find(part) != nullptr;
  }
  if (whole.is_undefined()) return false;
  for (const value& v : items_of(m, whole)) {
    if (equal(v, part, &m)) return true;
  }
  return false;
}

bool apply_comparison(meter& m, std::string_view op, const value& a, const value& b) {
  if (op == "==") return equal(a, b, &m);
  if (op == "!=") return !equal(a, b, &m);
  if (op == "in") return contains(m, b, a);
  if (op == "not in") return !contains(m, b, a);
  const bool numbers = real_of(a) && real_of(b);  // NaN is neither less nor more
  if (op == "<") return less(m, a, b);
  if (op == ">") return less(m, b, a);
  if (op == "<=") return numbers ? less(m, a, b) || equal(a, b) : !less(m, b, a);
  return numbers ? less(m, b, a) || equal(a, b) : !less(m, a, b);
}

value negated(const value& v) {
  if (const auto i = integer_of(v)) return on_integers("-", 0, *i);
  if (const double* d = v.as_real()) return value(-*d);
  fail(v.is_undefined() ? v.why() : "a " + type_name(v) + " has no negative");
}

std::vector<value> items_of(meter& m, const value& v) {
  std::vector<value> made;
  if (const list* l = v.as_list()) {
    m.work(l->items.size() * sizeof(value));
    made.assign(l->items.begin() + static_cast<std::ptrdiff_t>(l->taken), l->items.end());
    if (l->kind == list_kind::iterator) l->taken = l->items.size();
  } else if (const dict* d = v.as_dict()) {
    m.work(d->entries.size() * sizeof(value));
    for (const auto& entry : d->entries) made.push_back(entry.first);
  } else if (const text* t = v.as_text()) {
    for (std::size_t at = 0; at < t->bytes.size();) {
      const std::size_t begin = at;
      static_cast<void>(next_code_point(t->bytes, at));
      m.step();
      made.push_back(make_text(m, t->bytes.substr(begin, at - begin)));
    }
  } else if (!v.is_undefined()) {
    fail("a " + type_name(v) + " cannot be walked through");
  }
  return made;
}

std::optional<std::size_t> length_of(const value& v) {
  if (const text* t = v.as_text()) return t->ascii ? t->bytes.size() : count_code_points(t->bytes);
  if (const dict* d = v.as_dict()) return d->entries.size();
  if (v.is_undefined()) return 0;
  const list* l = v.as_list();
  if (l == nullptr || l->kind == list_kind::iterator) return std::nullopt;
  return l->items.size();
}

value no_attribute(const value& v, std::string_view name) {
  const std::string type = v.is_none() ? "None" : type_name(v) + " object";
  return value::missing("'" + type + "' has no attribute '" + std::string(name.substr(0, 100)) + "'");
}

}  // namespace hawser::model::jinja
