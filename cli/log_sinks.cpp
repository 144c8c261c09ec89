#include "cli/log_sinks.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <utility>

namespace hawser::cli {

namespace {

// As syslog counts.
int priority_of(spdlog::level::level_enum level) {
  switch (level) {
  case spdlog::level::critical:
    return 2;
  case spdlog::level::err:
    return 3;
  case spdlog::level::warn:
    return 4;
  case spdlog::level::info:
    return 6;
  default:
    return 7;
  }
}

log_entry entry_of(const spdlog::details::log_msg& line) {
  const auto level = spdlog::level::to_string_view(line.level);
  return {.at = line.time,
          .level = {level.data(), level.size()},
          .priority = priority_of(line.level),
          .message = {line.payload.data(), line.payload.size()},
          .fields = fields_of_line()};
}

void write_plain(const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

const log_fields*& fields_of_line() noexcept {
  thread_local const log_fields* fields = nullptr;
  return fields;
}

void json_sink::sink_it_(const spdlog::details::log_msg& line) {
  write_plain(json_line(entry_of(line)));
}

void json_sink::flush_() {
  (void)std::fflush(stderr);
}

journal_sink::journal_sink(std::string socket)
    : path_(std::move(socket)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

journal_sink::~journal_sink() {
  if (socket_ >= 0) ::close(socket_);
}

void journal_sink::sink_it_(const spdlog::details::log_msg& line) {
  const log_entry entry = entry_of(line);
  const std::string bytes = journal_entry(entry);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path_.size() < sizeof name.sun_path) std::memcpy(name.sun_path, path_.c_str(), path_.size() + 1);
  const auto sent = ::sendto(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&name), sizeof name);
  // The journal reads a number in angle brackets as the priority.
  if (sent < 0) write_plain("<" + std::to_string(entry.priority) + ">" + std::string(entry.message) + "\n");
}

}  // namespace hawser::cli
