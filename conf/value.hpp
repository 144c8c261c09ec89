/// One value on its way between text, TOML and `settings`.
#pragma once

#include "conf/error.hpp"
#include "conf/key.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace hawser::conf {

/// A value as a source wrote it.
using raw_value = std::variant<bool, std::int64_t, double, std::string, text_list>;

/// What is wrong with a value: cause and sentence.
using objection = std::pair<errc, std::string>;

/// Puts `value` where `which` lives in `into`. Nothing is changed when it objects.
[[nodiscard]] std::optional<objection> assign(settings& into, const key& which, const raw_value& value);

/// The same from bare text, as the environment and flags have it; the entries of a list are separated by
/// commas.
[[nodiscard]] std::optional<objection> assign_text(settings& into, const key& which, std::string_view text);

/// As the TOML file has it: 8000, "info", "10 s", "4 MB".
[[nodiscard]] std::string print_value(const settings& from, const key& which);

/// "1 .. 65535", "debug | info", or empty when everything goes.
[[nodiscard]] std::string print_range(const key& which);

}  // namespace hawser::conf
