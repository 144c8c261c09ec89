/// Text for people: columns, sizes, and what comes from outside made fit for a terminal.
#pragma once

#include "embed/byte_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hawser::cli {

/// Columns as wide as their widest cell, two spaces between; no spaces at the end of a line.
class text_table {
 public:
  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Cells that are numbers ("12", "3.5", "-") stand at the right of their column.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

using embed::print_bytes;

/// "12.34": a number with this many decimals.
[[nodiscard]] std::string print_number(double value, int decimals);

/// Valid UTF-8 as it is; other bytes and control characters (but newline and tab) as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace hawser::cli
