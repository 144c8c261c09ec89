/// The values of a template: Python's, as far as chat templates see them. Immutable, but for namespaces.
#pragma once

#include "model/template/meter.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::model::jinja {

struct text;
struct list;
struct dict;
struct object;

struct undefined {
  std::shared_ptr<const std::string> why;  ///< null: no reason was recorded
};

struct none {};

/// One pointer and a tag; copies share. Containers nest at most max_height deep, so that no walk or
/// destructor recurses without bound.
class value {
 public:
  value() = default;  // undefined

  value(none n) : v_(n) {}

  value(bool b) : v_(b) {}

  value(std::int64_t i) : v_(i) {}

  value(double d) : v_(d) {}

  value(std::shared_ptr<const text> p) : v_(std::move(p)) {}

  value(std::shared_ptr<const list> p) : v_(std::move(p)) {}

  value(std::shared_ptr<const dict> p) : v_(std::move(p)) {}

  value(std::shared_ptr<object> p) : v_(std::move(p)) {}

  value(const void*) = delete;

  static value missing(std::string why);

  [[nodiscard]] bool is_undefined() const noexcept { return v_.index() == 0; }

  [[nodiscard]] bool is_none() const noexcept { return v_.index() == 1; }

  [[nodiscard]] const bool* as_bool() const noexcept { return std::get_if<bool>(&v_); }

  [[nodiscard]] const std::int64_t* as_integer() const noexcept { return std::get_if<std::int64_t>(&v_); }

  [[nodiscard]] const double* as_real() const noexcept { return std::get_if<double>(&v_); }

  [[nodiscard]] const text* as_text() const noexcept { return get<std::shared_ptr<const text>>(); }

  [[nodiscard]] const list* as_list() const noexcept { return get<std::shared_ptr<const list>>(); }

  [[nodiscard]] const dict* as_dict() const noexcept { return get<std::shared_ptr<const dict>>(); }

  [[nodiscard]] object* as_object() const noexcept {
    const auto* p = std::get_if<std::shared_ptr<object>>(&v_);
    return p != nullptr ? p->get() : nullptr;
  }

  /// The same object in memory, or equal and of the same simple type: Python's `is`.
  [[nodiscard]] bool same_as(const value& other) const noexcept;

  [[nodiscard]] std::uint32_t height() const noexcept;

  /// Why an undefined value is; "" for every other.
  [[nodiscard]] std::string why() const;

 private:
  template <class P>
  [[nodiscard]] auto get() const noexcept -> typename P::element_type* {
    const auto* p = std::get_if<P>(&v_);
    return p != nullptr ? p->get() : nullptr;
  }

  std::variant<undefined, none, bool, std::int64_t, double, std::shared_ptr<const text>,
               std::shared_ptr<const list>, std::shared_ptr<const dict>, std::shared_ptr<object>>
      v_;
};

inline constexpr std::uint32_t max_height = 100;

/// UTF-8. `ascii`: every code point is one byte, so positions are offsets.
struct text {
  std::string bytes;
  bool ascii = true;
  bool safe = false;  ///< markupsafe's Markup: plain text that is added to it is escaped
  charge paid;
};

enum class list_kind : std::uint8_t {
  list,
  tuple,
  range,
  view,     ///< dict.items(), keys() and values(): iterable and sized, but not indexed
  iterator  ///< map(), select() and their kind: true, unsized, and empty once it was walked
};

struct list {
  std::vector<value> items;
  list_kind kind = list_kind::list;
  std::string label;  ///< how a range or a view prints itself
  std::uint32_t height = 1;
  charge paid;
  mutable std::size_t taken = 0;  ///< an iterator's position
};

struct dict {
  std::vector<std::pair<value, value>> entries;  ///< in order of insertion
  std::uint32_t height = 1;
  charge paid;

  [[nodiscard]] const value* find(std::string_view key) const noexcept;
  [[nodiscard]] const value* find(const value& key) const;

  /// Keeps the place of a key that is there already. The key must be hashable.
  void set(value key, value item);

 private:
  [[nodiscard]] std::size_t position_of(const value& key) const;

  static constexpr std::size_t indexed_from = 16;
  std::map<std::string_view, std::size_t> index_;  ///< of text keys, once there are many
};

struct arguments {
  std::vector<value> positional;
  std::vector<std::pair<std::string, value>> named;
};

enum class object_kind : std::uint8_t { name_space, macro, method, function, loop, cycler, joiner };

struct object {
  explicit object(object_kind k) : kind(k) {}

  object(const object&) = delete;
  object& operator=(const object&) = delete;
  virtual ~object() = default;

  object_kind kind;
  std::uint32_t height = 1;
  charge paid;
};

/// The one thing that a template can change. The interpreter keeps every one until the end, so cycles do not
/// leak.
struct name_space final : object {
  name_space() : object(object_kind::name_space) {}

  std::vector<std::pair<std::string, value>> entries;
};

struct method final : object {
  method() : object(object_kind::method) {}

  value receiver;
  std::string name;
};

enum class builtin : std::uint8_t { range, dict, name_space, cycler, joiner, raise_exception, strftime_now };

struct function final : object {
  explicit function(builtin w) : object(object_kind::function), which(w) {}

  builtin which;
};

struct cycler final : object {
  cycler() : object(object_kind::cycler) {}

  std::vector<value> items;
  std::size_t position = 0;
};

struct joiner final : object {
  joiner() : object(object_kind::joiner) {}

  value separator;
  bool used = false;
};

[[nodiscard]] value make_text(meter& m, std::string bytes, bool safe = false);
[[nodiscard]] value literal_text(std::string bytes);  ///< of no meter: for the program's own constants
[[nodiscard]] value make_list(meter& m, std::vector<value> items, list_kind kind = list_kind::list,
                              std::string label = {});

/// A dictionary under construction.
class dict_builder {
 public:
  explicit dict_builder(meter& m);
  void set(value key, value item);
  [[nodiscard]] value take();

 private:
  meter& meter_;
  std::shared_ptr<dict> made_;
};

/// Fails when a container that holds something of `inside` would nest too deep; returns its height otherwise.
[[nodiscard]] std::uint32_t height_over(std::uint32_t inside);

[[nodiscard]] bool truth(const value& v) noexcept;
/// With a meter each comparison is a step: shared parts can make a walk exponentially long.
[[nodiscard]] bool equal(const value& a, const value& b, meter* m = nullptr);
/// Fit to be a key: everything but dictionaries, lists, and tuples that hold other containers.
[[nodiscard]] bool hashable(const value& v) noexcept;
/// Steps for finding `key` in `d`.
[[nodiscard]] std::uint64_t cost_of_finding(const dict& d, const value& key) noexcept;

/// "str", "int", "dict", ...: Python's name for the type.
[[nodiscard]] std::string type_name(const value& v);

}  // namespace hawser::model::jinja
