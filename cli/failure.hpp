/// How a command fails: one sentence for the person who typed it, and an exit code that says what kind of
/// failure it was.
#pragma once

#include "embed/failure.hpp"

#include <stdexcept>
#include <string>

namespace hawser::cli {

/// Documented in `hawser --help` and docs/cli.md; numbers above 63 are those of sysexits.h where it has one.
enum class exit_code : int {
  ok = 0,
  not_ready = 1,       ///< a server that was asked, by `health`
  usage = 2,           ///< a flag or an argument
  configuration = 64,  ///< a configuration file or variable
  model = 66,          ///< the model file: missing, broken, or of a kind that hawser does not know
  device = 69,         ///< the device failed
  internal = 70,       ///< a mistake of hawser's
  address = 71,        ///< host or port cannot be listened on
  output = 73,         ///< a file that cannot be written
  memory = 75,         ///< not enough memory now
  server = 76,         ///< one elsewhere that does not answer, or is not hawser's
};

/// Travels to main, which prints the sentence and exits.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}

  [[nodiscard]] exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

/// What the process says of a failure of the library.
[[nodiscard]] constexpr exit_code exit_code_of(embed::errc cause) noexcept {
  switch (cause) {
  case embed::errc::configuration:
  case embed::errc::extension:
    return exit_code::configuration;
  case embed::errc::model:
    return exit_code::model;
  case embed::errc::device:
    return exit_code::device;
  case embed::errc::address:
    return exit_code::address;
  case embed::errc::memory:
    return exit_code::memory;
  case embed::errc::internal:
    break;
  }
  return exit_code::internal;
}

}  // namespace hawser::cli
