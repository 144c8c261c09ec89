/// Bytes of a connection to responses, as strict as a client can be: what is not well-formed is a fault of
/// the server.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::simulation {

struct whole_response {
  int status = 0;
  std::map<std::string, std::string, std::less<>> fields;  ///< names in lower case
  std::string body;
  bool closes = false;  ///< it is the last on its connection
};

/// Pure. Interim responses (100) are skipped.
class response_reader {
 public:
  void add(std::string_view bytes) { in_ += bytes; }

  /// The next whole response, or nothing yet. `head_only`: it was asked for by HEAD.
  [[nodiscard]] std::optional<whole_response> next(bool head_only);
  /// The connection has ended: a body without a length is whole now.
  void end() noexcept { ended_ = true; }

  /// What rule was broken, or empty; nothing more is read then.
  [[nodiscard]] const std::string& broken() const noexcept { return broken_; }
  /// Bytes of a response have come that is not whole.
  [[nodiscard]] std::string_view rest() const noexcept { return in_; }
  [[nodiscard]] bool begun() const noexcept { return head_read_ || !in_.empty(); }

 private:
  enum class framing : unsigned char { none, length, chunks, until_close };

  [[nodiscard]] bool read_head(bool head_only);
  [[nodiscard]] bool read_status(std::string_view line);
  [[nodiscard]] bool read_field(std::string_view line);
  [[nodiscard]] bool choose_framing(bool head_only);
  [[nodiscard]] bool read_body();
  [[nodiscard]] bool read_chunks();
  bool fail(std::string_view rule);

  std::string in_;
  whole_response now_;
  framing framing_ = framing::none;
  std::size_t length_ = 0;
  bool head_read_ = false;
  bool ended_ = false;
  std::string broken_;
};

}  // namespace hawser::simulation
