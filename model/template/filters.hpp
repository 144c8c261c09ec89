/// The three tables that filters stand in; builtins.hpp's apply_filter looks through them.
#pragma once

#include "model/template/builtins.hpp"

#include <span>
#include <string_view>

namespace hawser::model::jinja {

struct filter_entry {
  std::string_view name;
  value (*apply)(host&, const value&, const arguments&);
};

[[nodiscard]] std::span<const filter_entry> text_filters() noexcept;
[[nodiscard]] std::span<const filter_entry> value_filters() noexcept;
[[nodiscard]] std::span<const filter_entry> sequence_filters() noexcept;
[[nodiscard]] std::span<const filter_entry> selecting_filters() noexcept;

/// "a.b.0" of an item, as filters' `attribute` reads it; `otherwise` where it is undefined.
[[nodiscard]] value attribute_of(host& h, const value& item, const value& path,
                                 const value* otherwise = nullptr);

/// Sort key: text without regard to case unless `case_sensitive`.
[[nodiscard]] value sort_key(host& h, const value& v, bool case_sensitive);

}  // namespace hawser::model::jinja
