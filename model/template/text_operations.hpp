/// What str's methods and the filters on text have in common.
#pragma once

#include "model/template/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model::jinja {

/// str.replace: at most `count` times, or all when it is negative.
[[nodiscard]] value replaced(meter& m, std::string_view s, std::string_view from, std::string_view to,
                             std::int64_t count);

/// str.split and rsplit; without a separator at runs of white space.
[[nodiscard]] value split(meter& m, std::string_view s, const std::string* separator, std::int64_t most,
                          bool from_right);
[[nodiscard]] value split_lines(meter& m, std::string_view s, bool keep_ends);

/// Every word capitalized, words being runs of letters (str.title) or what stands between spaces and brackets
/// (the filter).
[[nodiscard]] std::string titled_words(std::string_view s);
[[nodiscard]] std::string titled_filter(std::string_view s);

[[nodiscard]] value joined_texts(meter& m, const std::vector<value>& items, std::string_view separator);
[[nodiscard]] std::size_t count_in(std::string_view s, std::string_view part) noexcept;
/// Last occurrence, in linear time.
[[nodiscard]] std::size_t find_last_in(meter& m, std::string_view s, std::string_view part);

/// int(text, base) and float(text) as Python reads them; nothing when they are no numbers.
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view s, int base);
[[nodiscard]] std::optional<double> read_real(std::string_view s);

}  // namespace hawser::model::jinja
