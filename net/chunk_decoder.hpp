/// A chunked body to bytes (RFC 9112, 7.1). Pure; keeps nothing of its input.
#pragma once

#include "net/api_error.hpp"
#include "net/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::net {

/// Strict: CRLF only, no space around sizes, bounded extensions (400), body (413) and trailers (431).
/// Trailers are dropped.
class chunk_decoder {
 public:
  enum class verdict : std::uint8_t { more, whole, refused };

  explicit chunk_decoder(const http_limits& limits) noexcept : limits_(&limits) {}

  /// Appends to `body`. `used`: bytes that were taken, all of them unless the body is whole or refused.
  [[nodiscard]] verdict decode(std::string_view bytes, std::size_t& used, std::string& body);
  /// After `refused`.
  [[nodiscard]] const api_error& why() const noexcept { return why_; }

 private:
  enum class place : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    end,
  };

  [[nodiscard]] bool step(char c, std::size_t body_size);
  [[nodiscard]] bool in_size(char c, std::size_t body_size);
  [[nodiscard]] bool in_extension(char c);
  [[nodiscard]] bool in_trailer(char c);
  [[nodiscard]] bool expect(char c, char expected, place next);
  bool refuse(int status, std::string message);

  const http_limits* limits_;
  api_error why_;
  std::uint64_t size_ = 0;  // of the chunk; then what is left of it
  std::size_t digits_ = 0;
  std::size_t extension_ = 0;
  std::size_t extensions_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailers_ = 0;
  place at_ = place::size;
};

}  // namespace hawser::net
