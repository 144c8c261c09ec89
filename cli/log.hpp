/// The log: standard error, coloured on a terminal.
#pragma once

#include <string>

namespace hawser::cli {

/// Once, before the first line. `level` is one of logging.level's choices.
void open_log(const std::string& level);

/// Any time after it.
void set_log_level(const std::string& level);

}  // namespace hawser::cli
