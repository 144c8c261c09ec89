/// Bytes of a connection to requests. Pure: no socket, no clock.
#pragma once

#include "net/api_error.hpp"
#include "net/chunk_decoder.hpp"
#include "net/header_scan.hpp"
#include "net/http_request.hpp"
#include "net/limits.hpp"

#include <string>
#include <string_view>

namespace hawser::net {

/// Strict by header_scan and chunk_decoder, and by its own rules on top of Beast's parser of headers: Host
/// exactly once in HTTP/1.1, Content-Length once and not beside Transfer-Encoding, Transfer-Encoding only
/// "chunked" and only in HTTP/1.1, bounded chunk extensions and trailers. After a refusal nothing more of the
/// connection can be trusted: answer and close.
class request_reader {
 public:
  enum class step : unsigned char {
    more,     ///< feed more bytes
    head,     ///< the header is whole: told once a request, before its body is looked at
    whole,    ///< take() it
    refused,  ///< see why()
  };

  /// `limits` must outlive it.
  explicit request_reader(const http_limits& limits);

  void add(std::string_view bytes);
  [[nodiscard]] step next();

  /// From `head` on.
  [[nodiscard]] const http_request& request() const noexcept { return request_; }
  /// After `whole`; the reader is then at the next request, whose first bytes it may have already.
  [[nodiscard]] http_request take();
  /// What came behind the request that was taken: for whoever goes on reading.
  [[nodiscard]] std::string take_rest();
  [[nodiscard]] const api_error& why() const noexcept { return why_; }

  /// Bytes of a request have come that is not whole.
  [[nodiscard]] bool begun() const noexcept { return reading_body_ || buffered() > 0; }
  [[nodiscard]] bool reading_body() const noexcept { return reading_body_; }
  [[nodiscard]] std::size_t buffered() const noexcept { return in_.size() - begin_; }
  /// Bytes of this request's body that have come, with their framing.
  [[nodiscard]] std::size_t body_bytes() const noexcept { return body_bytes_; }

 private:
  [[nodiscard]] step read_head();
  [[nodiscard]] step read_body();
  [[nodiscard]] step refuse(int status, std::string_view message);
  [[nodiscard]] step refuse(api_error e);
  [[nodiscard]] std::string_view rest() const noexcept { return std::string_view(in_).substr(begin_); }
  void consume(std::size_t bytes);

  const http_limits& limits_;
  std::string in_;
  std::size_t begin_ = 0;
  header_scan scan_;
  chunk_decoder chunks_;
  http_request request_;
  api_error why_;
  std::size_t body_bytes_ = 0;
  bool reading_body_ = false;
  bool refused_ = false;
  bool chunked_ = false;
};

}  // namespace hawser::net
