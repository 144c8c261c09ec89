/// How the making of a server fails: a cause for the program, a sentence for people.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hawser::embed {

enum class errc : std::uint8_t {
  configuration,  ///< an option, or options that do not fit together
  model,          ///< the model file: missing, broken, or of a kind that hawser does not know
  device,         ///< the device failed
  internal,       ///< a mistake of hawser's
  address,        ///< host or port cannot be listened on
  memory,         ///< not enough memory now
  extension,      ///< an extension cannot be loaded or made
};

/// Thrown at start-up only: what goes wrong later is mail.
class failure : public std::runtime_error {
 public:
  failure(errc code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}

  [[nodiscard]] errc code() const noexcept { return code_; }

 private:
  errc code_;
};

}  // namespace hawser::embed
