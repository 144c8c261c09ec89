/// Which sources this was built from.
#pragma once

#include <string_view>

namespace hawser::embed {

/// The first digits of their commit; empty when they were no checkout.
[[nodiscard]] std::string_view revision() noexcept;

}  // namespace hawser::embed
