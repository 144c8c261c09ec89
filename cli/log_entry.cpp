#include "cli/log_entry.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace hawser::cli {

namespace {

std::string time_text(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  const auto rest = at - std::chrono::floor<std::chrono::seconds>(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> day{};
  (void)std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 48> whole{};
  const auto thousandths =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(rest).count());
  (void)std::snprintf(whole.data(), whole.size(), "%s.%03dZ", day.data(), thousandths);
  return whole.data();
}

// JSON is UTF-8; the paths of requests, and the names of files, need not be.
std::string quoted(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80             ? 1
                               : (lead & 0xE0) == 0xC0 ? 2
                               : (lead & 0xF0) == 0xE0 ? 3
                               : (lead & 0xF8) == 0xF0 ? 4
                                                       : 0;
    bool whole = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k)
      whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    clean += whole ? text.substr(i, length) : std::string_view("?");
    i += whole ? length : 1;
  }
  return boost::json::serialize(boost::json::string(clean));
}

void add_field(std::string& to, std::string_view name, std::string_view value) {
  to += name;
  if (value.find('\n') == std::string_view::npos) {
    to += '=';
  } else {
    to += '\n';
    for (unsigned byte = 0; byte < 8; ++byte)
      to += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> (8 * byte) & 0xFF);
  }
  to += value;
  to += '\n';
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string json_line(const log_entry& what) {
  std::string line = "{\"time\":\"" + time_text(what.at) + "\",\"level\":\"" + std::string(what.level) +
                     "\",\"message\":" + quoted(what.message);
  if (what.fields != nullptr) {
    for (const auto& [name, value] : *what.fields) line += "," + quoted(name) + ":" + quoted(value);
  }
  return line + "}\n";
}

std::string journal_entry(const log_entry& what) {
  std::string entry;
  add_field(entry, "MESSAGE", what.message);
  add_field(entry, "PRIORITY", std::to_string(what.priority));
  add_field(entry, "SYSLOG_IDENTIFIER", "hawser");
  if (what.fields == nullptr) return entry;
  for (const auto& [name, value] : *what.fields) {
    std::string field = name;
    std::ranges::transform(field, field.begin(), upper);
    add_field(entry, field, value);
  }
  return entry;
}

log_form form_of(std::string_view format, const log_surroundings& where) {
  if (format == "plain") return log_form::plain;
  if (format == "json") return log_form::json;
  if (format == "journal") return log_form::journal;
  // Inherited by children whose standard error is something else: then it does not match.
  const std::string here = std::to_string(where.device) + ":" + std::to_string(where.inode);
  if (where.journal_stream == here) return log_form::journal;
  return where.container && !where.terminal ? log_form::json : log_form::plain;
}

}  // namespace hawser::cli
