#include "cli/log.hpp"

#include "cli/log_sinks.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace hawser::cli {

namespace {

std::string variable(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::string{} : std::string(text);
}

log_surroundings look_around() {
  log_surroundings here;
  here.journal_stream = variable("JOURNAL_STREAM");
  struct stat about{};
  if (::fstat(STDERR_FILENO, &about) == 0) {
    here.device = about.st_dev;
    here.inode = about.st_ino;
  }
  here.terminal = ::isatty(STDERR_FILENO) == 1;
  // What podman, docker, Kubernetes and systemd-nspawn leave behind.
  here.container = ::access("/run/.containerenv", F_OK) == 0 || ::access("/.dockerenv", F_OK) == 0 ||
                   !variable("KUBERNETES_SERVICE_HOST").empty() || !variable("container").empty();
  return here;
}

std::shared_ptr<spdlog::sinks::sink> sink_of(log_form form) {
  switch (form) {
  case log_form::json:
    return std::make_shared<json_sink>();
  case log_form::journal:
    return std::make_shared<journal_sink>();
  case log_form::plain:
    break;
  }
  auto plain = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  plain->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  return plain;
}

}  // namespace

void open_log(const std::string& level, const std::string& format) {
  auto log = std::make_shared<spdlog::logger>("hawser", sink_of(form_of(format, look_around())));
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

void set_log_level(const std::string& level) {
  spdlog::default_logger()->set_level(spdlog::level::from_str(level));
}

void log_with(const std::string& message, const log_fields& fields) {
  fields_of_line() = &fields;
  spdlog::info("{}", message);
  fields_of_line() = nullptr;
}

}  // namespace hawser::cli
