#include "model/template/operators.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>

namespace hawser::model::jinja {

namespace {

/// Where a slice begins, ends and how it steps, as Python's slice.indices(length).
struct stride {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};

std::int64_t bound(const value& v, std::int64_t absent, std::int64_t length, bool backwards) {
  if (v.is_none()) return absent;
  const auto i = integer_of(v);
  if (!i) fail(v.is_undefined() ? v.why() : "a slice is bounded by integers, found " + type_name(v));
  const std::int64_t at = *i < 0 ? std::max(*i, -length - 1) + length : *i;
  return std::clamp<std::int64_t>(at, backwards ? -1 : 0, backwards ? length - 1 : length);
}

stride stride_of(const value& begin, const value& end, const value& step, std::size_t items) {
  const auto length = static_cast<std::int64_t>(items);
  stride s;
  if (!step.is_none()) {
    const auto i = integer_of(step);
    if (!i) fail(step.is_undefined() ? step.why() : "a slice steps by integers, found " + type_name(step));
    if (*i == 0) fail("a slice cannot step by 0");
    s.step = std::clamp(*i, -length - 1, length + 1);
  }
  const bool backwards = s.step < 0;
  s.begin = bound(begin, backwards ? length - 1 : 0, length, backwards);
  s.end = bound(end, backwards ? -1 : length, length, backwards);
  return s;
}

template <class Take>
void walk(meter& m, const stride& s, Take&& take) {
  for (std::int64_t i = s.begin; s.step > 0 ? i < s.end : i > s.end; i += s.step)
    take(static_cast<std::size_t>(i));
  m.step();
}

value text_slice(meter& m, const text& t, const value& begin, const value& end, const value& step) {
  m.work(t.bytes.size());
  if (t.ascii) {
    const stride s = stride_of(begin, end, step, t.bytes.size());
    std::string made;
    if (s.step == 1) {
      if (s.begin < s.end)
        made = t.bytes.substr(static_cast<std::size_t>(s.begin), static_cast<std::size_t>(s.end - s.begin));
    } else {
      walk(m, s, [&](std::size_t i) { made.push_back(t.bytes[i]); });
    }
    return make_text(m, std::move(made));
  }
  m.ensure(t.bytes.size() * sizeof(std::size_t));
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < t.bytes.size();) {
    starts.push_back(at);
    static_cast<void>(next_code_point(t.bytes, at));
  }
  const stride s = stride_of(begin, end, step, starts.size());
  starts.push_back(t.bytes.size());
  std::string made;
  walk(m, s, [&](std::size_t i) { made.append(t.bytes, starts[i], starts[i + 1] - starts[i]); });
  return make_text(m, std::move(made));
}

}  // namespace

value slice_of(meter& m, const value& v, const value& begin, const value& end, const value& step) {
  if (const text* t = v.as_text()) return text_slice(m, *t, begin, end, step);
  const list* l = v.as_list();
  if (l == nullptr || l->kind == list_kind::view || l->kind == list_kind::iterator) {
    fail("a " + type_name(v) + " cannot be sliced");
  }
  const stride s = stride_of(begin, end, step, l->items.size());
  m.work(l->items.size() * sizeof(value));
  std::vector<value> made;
  walk(m, s, [&](std::size_t i) { made.push_back(l->items[i]); });
  return make_list(m, std::move(made), l->kind == list_kind::tuple ? list_kind::tuple : list_kind::list);
}

std::optional<value> item_of(meter& m, const value& v, const value& key) {
  if (const dict* d = v.as_dict()) {
    if (!hashable(key)) return std::nullopt;
    m.step(cost_of_finding(*d, key));
    const value* found = d->find(key);
    return found != nullptr ? std::optional<value>(*found) : std::nullopt;
  }
  const auto index = integer_of(key);
  if (!index) return std::nullopt;
  const auto resolve = [&](std::size_t length) -> std::optional<std::size_t> {
    const auto n = static_cast<std::int64_t>(length);
    const std::int64_t i = *index < 0 && *index >= -n ? *index + n : *index;
    return i >= 0 && i < n ? std::optional<std::size_t>(static_cast<std::size_t>(i)) : std::nullopt;
  };
  if (const list* l = v.as_list()) {
    if (l->kind == list_kind::view || l->kind == list_kind::iterator) return std::nullopt;
    const auto i = resolve(l->items.size());
    return i ? std::optional<value>(l->items[*i]) : std::nullopt;
  }
  const text* t = v.as_text();
  if (t == nullptr) return std::nullopt;
  if (!t->ascii) m.work(2 * t->bytes.size());
  const auto i = resolve(t->ascii ? t->bytes.size() : count_code_points(t->bytes));
  if (!i) return std::nullopt;
  std::size_t at = t->ascii ? *i : offset_of(t->bytes, *i);
  const std::size_t begin = at;
  static_cast<void>(next_code_point(t->bytes, at));
  return make_text(m, t->bytes.substr(begin, at - begin));
}

}  // namespace hawser::model::jinja
