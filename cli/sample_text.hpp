/// A text in the public domain, for measuring a model when nobody names another.
#pragma once

#include <string_view>

namespace hawser::cli {

/// Chapter 60 of "Moby-Dick" by Herman Melville (1851), without its first paragraph.
[[nodiscard]] std::string_view sample_text() noexcept;

}  // namespace hawser::cli
