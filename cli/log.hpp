/// The log: standard error, or systemd's journal.
#pragma once

#include "cli/log_entry.hpp"

#include <string>

namespace hawser::cli {

/// Once, before the first line. `level` and `format` are choices of logging.level and logging.format.
void open_log(const std::string& level, const std::string& format);

/// Any time after it.
void set_log_level(const std::string& level);

/// A line (info) with fields; `message` says the same in words, for formats without fields.
void log_with(const std::string& message, const log_fields& fields);

}  // namespace hawser::cli
