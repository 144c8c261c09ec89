#include "model/template/filters.hpp"
#include "model/template/operators.hpp"
#include "model/template/text_operations.hpp"

#include <algorithm>
#include <array>

namespace hawser::model::jinja {

namespace {

arguments without_first(const arguments& given, std::size_t n) {
  arguments rest;
  rest.positional.assign(given.positional.begin() +
                             static_cast<std::ptrdiff_t>(std::min(n, given.positional.size())),
                         given.positional.end());
  rest.named = given.named;
  return rest;
}

/// map('upper'), map('join', ', ') or map(attribute='a.b', default='').
value map_filter(host& h, const value& v, const arguments& given) {
  meter& m = h.spending();
  std::vector<value> made;
  const auto items = truth(v) ? items_of(m, v) : std::vector<value>{};  // what is false is never walked
  if (given.positional.empty()) {
    const value* attribute = nullptr;
    const value* otherwise = nullptr;
    for (const auto& [name, item] : given.named) {
      if (name != "attribute" && name != "default") fail("map() takes no argument named '" + name + "'");
      (name == "attribute" ? attribute : otherwise) = &item;
    }
    if (attribute == nullptr) fail("map() wants a filter's name or attribute=");
    for (const value& item : items) made.push_back(attribute_of(h, item, *attribute, otherwise));
  } else {
    const text* name = given.positional.front().as_text();
    if (name == nullptr) fail("map() wants a filter's name, found " + type_name(given.positional.front()));
    const arguments rest = without_first(given, 1);
    for (const value& item : items) made.push_back(apply_filter(h, name->bytes, item, rest));
  }
  return make_list(m, std::move(made), list_kind::iterator);
}

/// select, reject, and the same by an attribute: `wanted` is the answer that keeps an item.
value selected(host& h, const value& v, const arguments& given, bool by_attribute, bool wanted) {
  meter& m = h.spending();
  std::vector<value> made;
  const std::size_t own = by_attribute ? 1 : 0;
  if (given.positional.size() < own) fail("selectattr and rejectattr want an attribute's name");
  const bool tested = given.positional.size() > own;
  const text* test = tested ? given.positional[own].as_text() : nullptr;
  if (tested && test == nullptr)
    fail("found " + type_name(given.positional[own]) + " where a test's name was expected");
  const arguments rest = without_first(given, own + 1);
  for (const value& item : truth(v) ? items_of(m, v) : std::vector<value>{}) {
    const value seen = by_attribute ? attribute_of(h, item, given.positional.front()) : item;
    const bool answer = test != nullptr ? apply_test(h, test->bytes, seen, rest) : truth(seen);
    m.step();
    if (answer == wanted) made.push_back(item);
  }
  return make_list(m, std::move(made), list_kind::iterator);
}

value select_filter(host& h, const value& v, const arguments& a) {
  return selected(h, v, a, false, true);
}

value reject_filter(host& h, const value& v, const arguments& a) {
  return selected(h, v, a, false, false);
}

value selectattr_filter(host& h, const value& v, const arguments& a) {
  return selected(h, v, a, true, true);
}

value rejectattr_filter(host& h, const value& v, const arguments& a) {
  return selected(h, v, a, true, false);
}

constexpr std::array filters{
    filter_entry{"map", map_filter},
    filter_entry{"reject", reject_filter},
    filter_entry{"rejectattr", rejectattr_filter},
    filter_entry{"select", select_filter},
    filter_entry{"selectattr", selectattr_filter},
};

const filter_entry* find_filter(std::string_view name) {
  for (const auto& table : {text_filters(), value_filters(), sequence_filters(), selecting_filters()}) {
    const auto it = std::lower_bound(table.begin(), table.end(), name,
                                     [](const filter_entry& e, std::string_view n) { return e.name < n; });
    if (it != table.end() && it->name == name) return &*it;
  }
  return nullptr;
}

/// One step of a path: an item first, then an attribute, as templates' brackets do.
value step_into(host& h, const value& v, const value& key) {
  if (v.is_undefined()) fail(v.why());
  if (auto found = item_of(h.spending(), v, key)) return *found;
  const text* name = key.as_text();
  if (name == nullptr) return no_attribute(v, "index");
  const object* o = v.as_object();
  if (o != nullptr && o->kind == object_kind::name_space) {
    for (const auto& [known, item] : static_cast<const name_space*>(o)->entries) {
      if (known == name->bytes) return item;
    }
  }
  return no_attribute(v, name->bytes);
}

}  // namespace

value attribute_of(host& h, const value& item, const value& path, const value* otherwise) {
  const text* t = path.as_text();
  h.spending().step();
  if (t == nullptr) {
    const value v = step_into(h, item, path);
    return v.is_undefined() && otherwise != nullptr ? *otherwise : v;
  }
  value v = item;
  const std::string dot = ".";
  const value parts = split(h.spending(), t->bytes, &dot, -1, false);
  for (const value& part : parts.as_list()->items) {
    const std::string& name = part.as_text()->bytes;
    const bool digits = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    const auto number = digits ? read_integer(name, 10) : std::nullopt;
    v = step_into(h, v, number ? value(*number) : part);
    if (v.is_undefined() && otherwise != nullptr) v = *otherwise;
  }
  return v;
}

bool is_filter(std::string_view name) {
  return find_filter(name) != nullptr;
}

value apply_filter(host& h, std::string_view name, const value& input, arguments args) {
  const filter_entry* f = find_filter(name);
  if (f == nullptr) fail("found the unknown filter '" + std::string(name.substr(0, 40)) + "'");
  h.spending().step();
  const level one(h.spending());
  return f->apply(h, input, args);
}

std::span<const filter_entry> selecting_filters() noexcept {
  return filters;
}

}  // namespace hawser::model::jinja
