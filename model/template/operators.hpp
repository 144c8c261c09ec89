/// Python's operators on values.
#pragma once

#include "model/template/value.hpp"

#include <optional>
#include <string_view>

namespace hawser::model::jinja {

/// + - * / // % **
[[nodiscard]] value apply_operator(meter& m, std::string_view op, const value& a, const value& b);

/// == != < <= > >= in, and "not in"
[[nodiscard]] bool apply_comparison(meter& m, std::string_view op, const value& a, const value& b);

[[nodiscard]] bool less(meter& m, const value& a, const value& b);
[[nodiscard]] bool contains(meter& m, const value& whole, const value& part);
[[nodiscard]] value negated(const value& v);

/// The items that a loop over it sees; walking an iterator empties it. Fails for what cannot be walked.
[[nodiscard]] std::vector<value> items_of(meter& m, const value& v);
/// None for what has no length.
[[nodiscard]] std::optional<std::size_t> length_of(const value& v);

/// x[key] for text, lists and dictionaries; nothing when there is no such item.
[[nodiscard]] std::optional<value> item_of(meter& m, const value& v, const value& key);
[[nodiscard]] value slice_of(meter& m, const value& v, const value& begin, const value& end,
                             const value& step);

/// "'dict object' has no attribute 'x'", as an undefined value.
[[nodiscard]] value no_attribute(const value& v, std::string_view name);

/// bool and int as a number; nothing for other types.
[[nodiscard]] std::optional<std::int64_t> integer_of(const value& v) noexcept;
[[nodiscard]] std::optional<double> real_of(const value& v) noexcept;

/// First occurrence, in linear time; npos when there is none.
[[nodiscard]] std::size_t find_in(std::string_view whole, std::string_view part,
                                  std::size_t from = 0) noexcept;

}  // namespace hawser::model::jinja
