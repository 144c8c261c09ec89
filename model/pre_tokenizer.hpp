/// Where a text is cut before byte-level BPE: pieces are merged on their own, never across a cut.
#pragma once

#include "model/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::model {

/// One pass over a piece: appends the ends of the pieces it makes of it, ascending; the last is base +
/// piece.size(). Linear in the piece. Each pass cuts what the pass before it made, and looks at no character
/// outside of its piece.
using cut_pass = void (*)(std::string_view piece, std::size_t base, std::vector<std::size_t>& ends);

/// What a name in tokenizer.ggml.pre stands for.
struct pre_tokenizer {
  std::vector<cut_pass> passes;
  bool ignore_merges =
      false;  ///< a piece that is a token is that token, whatever the merges would make of it

  /// The ends of all pieces of a text, ascending.
  [[nodiscard]] std::vector<std::size_t> cut(std::string_view text) const;
};

/// Error unsupported for a name that is not known, with those that are. An empty name is "default".
[[nodiscard]] result<pre_tokenizer> find_pre_tokenizer(std::string_view name);

}  // namespace hawser::model
