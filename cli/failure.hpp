/// How a command fails: one sentence for the person who typed it, and an exit code that says what kind of
/// failure it was.
#pragma once

#include <stdexcept>
#include <string>

namespace hawser::cli {

/// Documented in `hawser --help` and docs/cli.md; numbers above 63 are those of sysexits.h where it has one.
enum class exit_code : int {
  ok = 0,
  usage = 2,           ///< a flag or an argument
  configuration = 64,  ///< a configuration file or variable
  model = 66,          ///< the model file: missing, broken, or of a kind that hawser does not know
  device = 69,         ///< the device failed
  internal = 70,       ///< a mistake of hawser's
  address = 71,        ///< host or port cannot be listened on
  output = 73,         ///< a file that cannot be written
  memory = 75,         ///< not enough memory now
};

/// Travels to main, which prints the sentence and exits.
class failure : public std::runtime_error {
 public:
  failure(exit_code code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}

  [[nodiscard]] exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

}  // namespace hawser::cli
