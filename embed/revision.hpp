/// Which sources this program was built from.
#pragma once

#include <string_view>

namespace hawser::embed {

/// The commit's first 12 digits, "-modified" behind them when the sources were other than that; "unknown"
/// outside of a checkout.
[[nodiscard]] std::string_view revision() noexcept;

}  // namespace hawser::embed
