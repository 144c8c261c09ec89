/// A refusal as clients see it: an HTTP status and OpenAI's error object.
#pragma once

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::net {

struct api_error {
  int status = 400;
  std::string message;  ///< one sentence: what, expected, found
  std::string type = "invalid_request_error";
  std::string param;                        ///< the field, as in "messages[2].content"; empty: null
  std::string code;                         ///< empty: null
  std::chrono::milliseconds retry_after{};  ///< 0: no Retry-After
  std::optional<bool> should_retry;         ///< x-should-retry, which OpenAI's clients obey
  std::string allow;                        ///< for 405
  std::string limit;                        ///< which limit a refusal for load met; empty: not said
};

/// Whose clients read an error.
enum class error_style : std::uint8_t { openai, anthropic };

template <class T>
using outcome = boost::system::result<T, api_error>;

/// OpenAI's {"error":{"message","type","param","code"}}, and "limit" where there is one; or Anthropic's
/// {"type":"error","error":{"type","message"},"request_id"}. `request_id` may be empty.
[[nodiscard]] std::string error_body(const api_error& e, error_style style = error_style::openai,
                                     std::string_view request_id = {});
/// Its HTTP status: Anthropic's clients know 529 for a server that is overloaded.
[[nodiscard]] int status_of(const api_error& e, error_style style) noexcept;

/// 400, invalid_request_error, about `field` (may be empty).
[[nodiscard]] api_error bad_field(std::string field, std::string message);
/// 503 with Retry-After.
[[nodiscard]] api_error unavailable(std::string message, std::string code,
                                    std::chrono::milliseconds retry_after);
/// 503: the limit "memory" is met.
[[nodiscard]] api_error no_memory();
/// 500, api_error.
[[nodiscard]] api_error internal_error(std::string message);

/// "OK", "Not Found", ...
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

[[noreturn]] void throw_exception_from_error(const api_error& e, const boost::source_location& where);

}  // namespace hawser::net
