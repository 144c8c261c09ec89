#include "model/template/argument_reader.hpp"
#include "model/template/filters.hpp"
#include "model/template/operators.hpp"
#include "model/template/text_operations.hpp"
#include "model/template/unicode.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace hawser::model::jinja {

namespace {

value length_filter(host&, const value& v, const arguments& given) {
  const argument_reader args("length", given, {});
  const auto n = length_of(v);
  if (!n) fail("a " + type_name(v) + " has no length");
  return value(static_cast<std::int64_t>(*n));
}

value join_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("join", given, {"d", "attribute"});
  meter& m = h.spending();
  auto items = items_of(m, v);
  if (!args.get(1).is_none()) {
    for (value& item : items) item = attribute_of(h, item, args.get(1));
  }
  return joined_texts(m, items, args.text_or(0, ""));
}

value first_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("first", given, {});
  if (const list* l = v.as_list()) {
    if (l->taken >= l->items.size()) return value::missing("the sequence has no first item, it is empty");
    const value found = l->items[l->taken];
    if (l->kind == list_kind::iterator) ++l->taken;
    return found;
  }
  const text* t = v.as_text();
  if (t != nullptr && !t->bytes.empty()) return *item_of(h.spending(), v, value(std::int64_t{0}));
  const auto items = items_of(h.spending(), v);
  return items.empty() ? value::missing("the sequence has no first item, it is empty") : items.front();
}

value last_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("last", given, {});
  const list* l = v.as_list();
  if (l != nullptr && l->kind == list_kind::iterator) fail("a generator has no last item");
  if (l != nullptr && !l->items.empty()) return l->items.back();
  const text* t = v.as_text();
  if (t != nullptr && !t->bytes.empty()) return *item_of(h.spending(), v, value(std::int64_t{-1}));
  const auto items = items_of(h.spending(), v);
  return items.empty() ? value::missing("the sequence has no last item, it is empty") : items.back();
}

value list_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("list", given, {});
  return make_list(h.spending(), items_of(h.spending(), v));
}

value reverse_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("reverse", given, {});
  meter& m = h.spending();
  if (v.as_text() != nullptr) return slice_of(m, v, value(none{}), value(none{}), value(std::int64_t{-1}));
  auto items = items_of(m, v);
  std::reverse(items.begin(), items.end());
  return make_list(m, std::move(items), list_kind::iterator);
}

value items_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("items", given, {});
  std::vector<value> made;
  if (!v.is_undefined()) {
    if (v.as_dict() == nullptr) fail("items wants a dictionary, found " + type_name(v));
    made = items_of(h.spending(), call_method(h, v, "items", {}));
  }
  return make_list(h.spending(), std::move(made), list_kind::iterator);
}

struct keyed {
  value key;
  value item;
};

/// Stable, and safe with an order that contradicts itself, as NaN makes one.
template <class Before>
std::vector<keyed> merge_sorted(std::vector<keyed> all, const Before& before) {
  std::vector<keyed> merged(all.size());
  const auto at = [](std::vector<keyed>& v, std::size_t i) {
    return v.begin() + static_cast<std::ptrdiff_t>(i);
  };
  for (std::size_t run = 1; run < all.size(); run *= 2) {
    for (std::size_t i = 0; i < all.size(); i += 2 * run) {
      const std::size_t middle = std::min(i + run, all.size());
      const std::size_t end = std::min(i + 2 * run, all.size());
      std::merge(std::move_iterator(at(all, i)), std::move_iterator(at(all, middle)),
                 std::move_iterator(at(all, middle)), std::move_iterator(at(all, end)), at(merged, i),
                 before);
    }
    all.swap(merged);
  }
  return all;
}

std::vector<value> sorted(meter& m, std::vector<keyed> all, bool reverse) {
  m.work(all.size() * sizeof(keyed));
  const auto before = [&](const keyed& a, const keyed& b) {
    return reverse ? less(m, b.key, a.key)
                   : less(m, a.key, b.key);  // keeps the order of equals either way, as sorted() does
  };
  std::vector<value> made;
  for (keyed& k : merge_sorted(std::move(all), before)) made.push_back(std::move(k.item));
  return made;
}

/// The value of one attribute, or a tuple of several that commas divide.
value key_of(host& h, const value& item, const value& attribute, bool case_sensitive) {
  if (attribute.is_none()) return sort_key(h, item, case_sensitive);
  const text* path = attribute.as_text();
  if (path == nullptr || path->bytes.find(',') == std::string::npos) {
    return sort_key(h, attribute_of(h, item, attribute), case_sensitive);
  }
  std::vector<value> parts;
  const std::string comma = ",";
  const value paths = split(h.spending(), path->bytes, &comma, -1, false);
  for (const value& one : paths.as_list()->items) {
    parts.push_back(sort_key(h, attribute_of(h, item, one), case_sensitive));
  }
  return make_list(h.spending(), std::move(parts));
}

std::vector<keyed> with_keys(host& h, const value& v, const value& attribute, bool case_sensitive) {
  std::vector<keyed> all;
  for (value& item : items_of(h.spending(), v)) {
    value key = key_of(h, item, attribute, case_sensitive);
    all.push_back({std::move(key), std::move(item)});
  }
  return all;
}

value sort_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("sort", given, {"reverse", "case_sensitive", "attribute"});
  auto all = with_keys(h, v, args.get(2), args.truth_or(1, false));
  // Jinja compares lists of keys, and lists look for the first items that differ: equal ones need no order.
  for (keyed& k : all) k.key = make_list(h.spending(), {std::move(k.key)});
  return make_list(h.spending(), sorted(h.spending(), std::move(all), args.truth_or(0, false)));
}

value dictsort_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("dictsort", given, {"case_sensitive", "by", "reverse"});
  if (v.as_dict() == nullptr)
    fail(v.is_undefined() ? v.why() : "dictsort wants a dictionary, found " + type_name(v));
  const std::string by = args.text_or(1, "key");
  if (by != "key" && by != "value") fail("dictsort sorts by 'key' or 'value'");
  std::vector<keyed> all;
  for (value& pair : items_of(h.spending(), call_method(h, v, "items", {}))) {
    value key = sort_key(h, pair.as_list()->items[by == "key" ? 0 : 1], args.truth_or(0, false));
    all.push_back({std::move(key), std::move(pair)});
  }
  return make_list(h.spending(), sorted(h.spending(), std::move(all), args.truth_or(2, false)));
}

value unique_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("unique", given, {"case_sensitive", "attribute"});
  meter& m = h.spending();
  dict seen;
  charge paid(m, 0);
  std::vector<value> made;
  for (keyed& k : with_keys(h, v, args.get(1), args.truth_or(0, false))) {
    if (!hashable(k.key)) fail("unique cannot compare values of type " + type_name(k.key));
    m.step(cost_of_finding(seen, k.key));
    if (seen.find(k.key) != nullptr) continue;
    paid.grow(4 * sizeof(value));
    seen.set(k.key, value(none{}));
    made.push_back(std::move(k.item));
  }
  return make_list(h.spending(), std::move(made), list_kind::iterator);
}

value extreme(host& h, const value& v, const arguments& given, bool largest) {
  const argument_reader args(largest ? "max" : "min", given, {"case_sensitive", "attribute"});
  auto all = with_keys(h, v, args.get(1), args.truth_or(0, false));
  if (all.empty()) return value::missing("the sequence has no smallest or largest item, it is empty");
  auto best = all.begin();
  for (auto k = best + 1; k != all.end(); ++k) {
    if (largest ? less(h.spending(), best->key, k->key) : less(h.spending(), k->key, best->key)) best = k;
  }
  return best->item;
}

value min_filter(host& h, const value& v, const arguments& a) {
  return extreme(h, v, a, false);
}

value max_filter(host& h, const value& v, const arguments& a) {
  return extreme(h, v, a, true);
}

value sum_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("sum", given, {"attribute", "start"});
  value total = args.has(1) ? args.get(1) : value(std::int64_t{0});
  for (const value& item : items_of(h.spending(), v)) {
    const value one = args.get(0).is_none() ? item : attribute_of(h, item, args.get(0));
    if (total.as_text() != nullptr) fail("sum does not add strs: use join");
    h.spending().step();
    total = apply_operator(h.spending(), "+", total, one);
  }
  return total;
}

value batch_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("batch", given, {"linecount", "fill_with"});
  meter& m = h.spending();
  static_cast<void>(args.need(0));
  const auto size = static_cast<std::size_t>(std::max<std::int64_t>(args.integer_or(0, 1), 1));
  std::vector<value> made;
  std::vector<value> row;
  for (value& item : items_of(m, v)) {
    if (row.size() == size) made.push_back(make_list(m, std::exchange(row, {})));
    row.push_back(std::move(item));
  }
  if (!row.empty()) {
    if (!args.get(1).is_none()) {
      m.ensure((size - row.size()) * sizeof(value));
      row.resize(size, args.get(1));
    }
    made.push_back(make_list(m, std::move(row)));
  }
  return make_list(m, std::move(made), list_kind::iterator);
}

value slice_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("slice", given, {"slices", "fill_with"});
  meter& m = h.spending();
  static_cast<void>(args.need(0));
  const std::int64_t slices = args.integer_or(0, 1);
  if (slices <= 0) fail("slice wants a positive number of slices");
  const auto items = items_of(m, v);
  const auto n = static_cast<std::size_t>(slices);
  m.ensure(n * sizeof(value));
  const std::size_t each = items.size() / n;
  const std::size_t longer = items.size() % n;
  std::vector<value> made;
  auto at = items.begin();
  for (std::size_t i = 0; i < n; ++i) {
    m.step();
    const auto end = at + static_cast<std::ptrdiff_t>(each + (i < longer ? 1 : 0));
    std::vector<value> row(at, end);
    if (!args.get(1).is_none() && i >= longer) row.push_back(args.get(1));
    made.push_back(make_list(m, std::move(row)));
    at = end;
  }
  return make_list(m, std::move(made), list_kind::iterator);
}

value groupby_filter(host& h, const value& v, const arguments& given) {
  const argument_reader args("groupby", given, {"attribute", "default", "case_sensitive"});
  meter& m = h.spending();
  const value attribute = args.need(0);
  const value otherwise = args.get(1);
  const bool case_sensitive = args.truth_or(2, false);
  std::vector<keyed> all;
  for (value& item : items_of(m, v)) {
    value key = attribute_of(h, item, attribute, otherwise.is_none() ? nullptr : &otherwise);
    all.push_back({sort_key(h, key, case_sensitive), make_list(m, {key, item}, list_kind::tuple)});
  }
  std::vector<value> made;
  std::vector<value> group;
  value shown;
  value current;
  const auto finish = [&] {
    if (!group.empty())
      made.push_back(make_list(m, {shown, make_list(m, std::exchange(group, {}))}, list_kind::tuple));
  };
  for (const value& pair : sorted(m, std::move(all), false)) {
    const auto& both = pair.as_list()->items;
    value key = sort_key(h, both[0], case_sensitive);
    if (!group.empty() && !equal(key, current, &m)) finish();
    if (group.empty()) {
      shown = both[0];
      current = std::move(key);
    }
    group.push_back(both[1]);
  }
  finish();
  return make_list(m, std::move(made));
}

constexpr std::array filters{
    filter_entry{"batch", batch_filter},       filter_entry{"count", length_filter},
    filter_entry{"dictsort", dictsort_filter}, filter_entry{"first", first_filter},
    filter_entry{"groupby", groupby_filter},   filter_entry{"items", items_filter},
    filter_entry{"join", join_filter},         filter_entry{"last", last_filter},
    filter_entry{"length", length_filter},     filter_entry{"list", list_filter},
    filter_entry{"max", max_filter},           filter_entry{"min", min_filter},
    filter_entry{"reverse", reverse_filter},   filter_entry{"slice", slice_filter},
    filter_entry{"sort", sort_filter},         filter_entry{"sum", sum_filter},
    filter_entry{"unique", unique_filter},
};

}  // namespace

value sort_key(host& h, const value& v, bool case_sensitive) {
  if (case_sensitive || v.as_text() == nullptr) return v;
  h.spending().work(8 * v.as_text()->bytes.size());
  return make_text(h.spending(), to_lower(v.as_text()->bytes));
}

std::span<const filter_entry> sequence_filters() noexcept {
  return filters;
}

}  // namespace hawser::model::jinja
