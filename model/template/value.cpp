#include "model/template/value.hpp"

#include "model/template/unicode.hpp"

#include <algorithm>

namespace hawser::model::jinja {

namespace {

// Values in a key, itself included; 0: it cannot be one. A tuple can hold the same tuple many times over, so
// the count ends at `most`, and a key that large is none.
std::uint64_t size_of_key(const value& v, std::uint64_t most) noexcept {
  if (v.as_dict() != nullptr || most == 0) return 0;
  const list* l = v.as_list();
  if (l == nullptr) return 1;
  if (l->kind != list_kind::tuple) return 0;
  std::uint64_t sum = 1;
  for (const value& item : l->items) {
    const std::uint64_t one = sum < most ? size_of_key(item, most - sum) : 0;
    if (one == 0) return 0;
    sum += one;
  }
  return sum;
}

constexpr std::uint64_t largest_key = 1u << 16u;

constexpr std::size_t bytes_of_container = 96;  // an object, its counters and its allocation's head

/// Numbers compare across bool, int and float.
bool numeric(const value& v, long double& out) noexcept {
  if (const auto* b = v.as_bool()) {
    out = *b ? 1 : 0;
  } else if (const auto* i = v.as_integer()) {
    out = static_cast<long double>(*i);
  } else if (const auto* d = v.as_real()) {
    out = static_cast<long double>(*d);
  } else {
    return false;
  }
  return true;
}

bool equal_lists(const list& a, const list& b, meter* m) {
  if (a.kind == list_kind::iterator || b.kind == list_kind::iterator) return &a == &b;
  return a.kind == b.kind && std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                                        [m](const value& x, const value& y) { return equal(x, y, m); });
}

bool equal_dicts(const dict& a, const dict& b, meter* m) {
  if (a.entries.size() != b.entries.size()) return false;
  return std::all_of(a.entries.begin(), a.entries.end(), [&](const auto& entry) {
    if (m != nullptr) m->step(cost_of_finding(b, entry.first));
    const value* other = b.find(entry.first);
    return other != nullptr && equal(entry.second, *other, m);
  });
}

}  // namespace

value value::missing(std::string why) {
  value v;
  std::get<undefined>(v.v_).why = std::make_shared<const std::string>(std::move(why));
  return v;
}

std::string value::why() const {
  const auto* u = std::get_if<undefined>(&v_);
  if (u == nullptr) return {};
  return u->why ? *u->why : "the value is undefined";
}

bool value::same_as(const value& other) const noexcept {
  if (v_.index() != other.v_.index()) return false;
  if (as_text() != nullptr) return as_text()->bytes == other.as_text()->bytes;
  if (as_list() != nullptr) return as_list() == other.as_list();
  if (as_dict() != nullptr) return as_dict() == other.as_dict();
  if (as_object() != nullptr) return as_object() == other.as_object();
  if (const auto* b = as_bool()) return *b == *other.as_bool();
  if (const auto* i = as_integer()) return *i == *other.as_integer();
  if (const auto* d = as_real()) return *d == *other.as_real();
  return true;
}

std::uint32_t value::height() const noexcept {
  if (const auto* l = as_list()) return l->height;
  if (const auto* d = as_dict()) return d->height;
  if (const auto* o = as_object()) return o->height;
  return 0;
}

std::uint32_t height_over(std::uint32_t inside) {
  if (inside >= max_height) fail("values nest deeper than " + std::to_string(max_height) + " levels");
  return inside + 1;
}

value make_text(meter& m, std::string bytes, bool safe) {
  m.work(bytes.size());
  auto made = std::make_shared<text>();
  made->paid = charge(m, bytes.size() + bytes_of_container);
  made->ascii = is_ascii(bytes);
  made->safe = safe;
  made->bytes = std::move(bytes);
  return value(std::shared_ptr<const text>(std::move(made)));
}

value literal_text(std::string bytes) {
  auto made = std::make_shared<text>();
  made->ascii = is_ascii(bytes);
  made->bytes = std::move(bytes);
  return value(std::shared_ptr<const text>(std::move(made)));
}

value make_list(meter& m, std::vector<value> items, list_kind kind, std::string label) {
  m.work(items.size() * sizeof(value));
  auto made = std::make_shared<list>();
  made->paid = charge(m, items.size() * sizeof(value) + bytes_of_container);
  std::uint32_t inside = 0;
  for (const value& v : items) inside = std::max(inside, v.height());
  made->height = height_over(inside);
  made->items = std::move(items);
  made->kind = kind;
  made->label = std::move(label);
  return value(std::shared_ptr<const list>(std::move(made)));
}

const value* dict::find(std::string_view key) const noexcept {
  if (!index_.empty()) {
    const auto it = index_.find(key);
    return it != index_.end() ? &entries[it->second].second : nullptr;
  }
  for (const auto& [k, v] : entries) {
    if (k.as_text() != nullptr && k.as_text()->bytes == key) return &v;
  }
  return nullptr;
}

std::size_t dict::position_of(const value& key) const {
  if (const text* t = key.as_text(); t != nullptr && !index_.empty()) {
    const auto it = index_.find(t->bytes);
    return it != index_.end() ? it->second : entries.size();
  }
  const auto it =
      std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return equal(e.first, key); });
  return static_cast<std::size_t>(it - entries.begin());
}

const value* dict::find(const value& key) const {
  const std::size_t at = position_of(key);
  return at < entries.size() ? &entries[at].second : nullptr;
}

void dict::set(value key, value item) {
  const std::size_t at = position_of(key);
  if (at < entries.size()) {
    entries[at].second = std::move(item);
    return;
  }
  entries.emplace_back(std::move(key), std::move(item));
  const auto enter = [this](std::size_t i) {
    if (const text* t = entries[i].first.as_text()) index_.emplace(t->bytes, i);
  };
  if (entries.size() > indexed_from && !index_.empty()) {
    enter(entries.size() - 1);
  } else if (entries.size() >= indexed_from) {
    for (std::size_t i = 0; i < entries.size(); ++i) enter(i);
  }
}

dict_builder::dict_builder(meter& m) : meter_(m), made_(std::make_shared<dict>()) {
  made_->paid = charge(m, bytes_of_container);
}

void dict_builder::set(value key, value item) {
  if (!hashable(key)) fail("a " + type_name(key) + " cannot be a key of a dictionary");
  meter_.step(cost_of_finding(*made_, key));
  made_->paid.grow(4 * sizeof(value));
  made_->height = std::max({made_->height, height_over(key.height()), height_over(item.height())});
  made_->set(std::move(key), std::move(item));
}

value dict_builder::take() {
  return value(std::shared_ptr<const dict>(std::move(made_)));
}

bool truth(const value& v) noexcept {
  if (v.is_undefined() || v.is_none()) return false;
  if (const auto* b = v.as_bool()) return *b;
  if (const auto* i = v.as_integer()) return *i != 0;
  if (const auto* d = v.as_real()) return *d != 0;
  if (const auto* t = v.as_text()) return !t->bytes.empty();
  if (const auto* l = v.as_list()) return l->kind == list_kind::iterator || !l->items.empty();
  if (const auto* d = v.as_dict()) return !d->entries.empty();
  return true;
}

bool equal(const value& a, const value& b, meter* m) {
  if (m != nullptr) m->step();
  long double x = 0;
  long double y = 0;
  if (numeric(a, x)) return numeric(b, y) && x == y;
  if (a.as_text() != nullptr) {
    if (m != nullptr) m->work(a.as_text()->bytes.size());
    return b.as_text() != nullptr && a.as_text()->bytes == b.as_text()->bytes;
  }
  if (a.as_list() != nullptr) return b.as_list() != nullptr && equal_lists(*a.as_list(), *b.as_list(), m);
  if (a.as_dict() != nullptr) return b.as_dict() != nullptr && equal_dicts(*a.as_dict(), *b.as_dict(), m);
  if (a.as_object() != nullptr) return a.as_object() == b.as_object();
  if (a.is_none()) return b.is_none();
  return b.is_undefined();
}

bool hashable(const value& v) noexcept {
  return size_of_key(v, largest_key) != 0;
}

std::uint64_t cost_of_finding(const dict& d, const value& key) noexcept {
  if (key.as_text() != nullptr) return 1;
  return 1 + d.entries.size() * (1 + size_of_key(key, largest_key)) / 64;
}

std::string type_name(const value& v) {
  if (v.is_undefined()) return "Undefined";
  if (v.is_none()) return "None";
  if (v.as_bool() != nullptr) return "bool";
  if (v.as_integer() != nullptr) return "int";
  if (v.as_real() != nullptr) return "float";
  if (v.as_text() != nullptr) return "str";
  if (v.as_dict() != nullptr) return "dict";
  if (const list* l = v.as_list()) {
    switch (l->kind) {
    case list_kind::list:
      return "list";
    case list_kind::tuple:
      return "tuple";
    case list_kind::range:
      return "range";
    case list_kind::view:
      return l->label;
    case list_kind::iterator:
      return "generator";
    }
  }
  switch (v.as_object()->kind) {
  case object_kind::name_space:
    return "Namespace";
  case object_kind::macro:
    return "Macro";
  case object_kind::loop:
    return "LoopContext";
  case object_kind::cycler:
    return "Cycler";
  case object_kind::joiner:
    return "Joiner";
  case object_kind::method:
  case object_kind::function:
    break;
  }
  return "function";
}

}  // namespace hawser::model::jinja
