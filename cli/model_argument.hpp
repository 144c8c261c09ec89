/// What commands that work on a model read from their command line.
#pragma once

#include "cli/command_line.hpp"

#include <string>

namespace hawser::cli {

/// Adds the positional MODEL; left out, it is embed::default_model_path().
void add_model_argument(const command_parser& command, std::string& path);

/// The whole file, or standard input for "-". Throws failure (exit_code::usage).
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace hawser::cli
