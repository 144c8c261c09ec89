/// Two looks at a server's actors as one page of text. Pure.
#pragma once

#include "cli/top/snapshot.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace hawser::cli {

struct frame_size {
  std::size_t width = 0;   ///< characters of a line; 0: as many as it takes
  std::size_t height = 0;  ///< lines; 0: as many as it takes
};

/// A line about the whole, then the tree, children two spaces to the right of their parent. Rates and busy
/// shares are those between the two looks; "-" where there is nothing to compare with: no look before
/// (`before` may be null), a server or an actor that has begun anew. Lines end with a newline, but for the
/// last.
[[nodiscard]] std::string draw_frame(const actor_snapshot* before, const actor_snapshot& now,
                                     std::string_view where, frame_size size);

/// The same size for a sentence alone: no server, at the moment.
[[nodiscard]] std::string draw_notice(std::string_view where, std::string_view sentence, frame_size size);

}  // namespace hawser::cli
