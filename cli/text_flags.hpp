/// The flags of those commands that take one text.
#pragma once

#include "cli/command_line.hpp"

#include <optional>
#include <string>

namespace hawser::cli {

/// -p/--prompt TEXT, --file FILE, or standard input. Must stay where it is while the command line is read.
class text_flags {
 public:
  void add_to(const command_parser& command);

  /// What was given, byte for byte. Throws failure (exit_code::usage) when it cannot be read.
  [[nodiscard]] std::string read() const;

 private:
  std::string text_;
  std::string file_ = "-";
  std::optional<argument> given_;
};

}  // namespace hawser::cli
