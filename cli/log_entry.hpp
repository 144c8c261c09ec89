/// One line of the log in the forms that it takes. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::cli {

/// Names in lower case, as request_id; without those that every line has.
using log_fields = std::vector<std::pair<std::string, std::string>>;

struct log_entry {
  std::chrono::system_clock::time_point at{};
  std::string_view level;  ///< "info"
  int priority = 6;        ///< of syslog: 3 error ... 7 debug
  std::string_view message;
  const log_fields* fields{};  ///< null: none
};

/// {"time":"2026-11-23T12:00:00.000Z","level":"info","message":"...", fields} and a newline. What is not
/// UTF-8 becomes "?".
[[nodiscard]] std::string json_line(const log_entry& what);

/// As the journal's socket takes it (its native protocol): fields in upper case, text with newlines by
/// length.
[[nodiscard]] std::string journal_entry(const log_entry& what);

enum class log_form : std::uint8_t { plain, json, journal };

/// What "auto" looks at.
struct log_surroundings {
  std::string journal_stream{};  ///< $JOURNAL_STREAM: "device:inode"
  std::uint64_t device = 0;      ///< of standard error
  std::uint64_t inode = 0;
  bool terminal = false;
  bool container = false;
};

/// `format`: a choice of logging.format.
[[nodiscard]] log_form form_of(std::string_view format, const log_surroundings& where);

}  // namespace hawser::cli
