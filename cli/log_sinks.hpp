/// Where lines go that are not plain text.
#pragma once

#include "cli/log_entry.hpp"

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

namespace hawser::cli {

/// The fields of the line that this thread is about to write; null: none.
[[nodiscard]] const log_fields*& fields_of_line() noexcept;

/// An object a line, on standard error.
class json_sink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;
};

/// A datagram a line. What the journal does not take at once goes to standard error: a log may not wait.
class journal_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit journal_sink(std::string socket = "/run/systemd/journal/socket");
  ~journal_sink() override;
  journal_sink(const journal_sink&) = delete;
  journal_sink& operator=(const journal_sink&) = delete;

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override {}

 private:
  std::string path_;
  int socket_;
};

}  // namespace hawser::cli
