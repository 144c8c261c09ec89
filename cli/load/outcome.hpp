/// How a request ended, and its times.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser::load {

enum class ending : std::uint8_t {
  complete,      ///< a whole answer
  quota,         ///< refused with 429
  overload,      ///< refused with 503
  http_error,    ///< any other status that is not 2xx
  stream_error,  ///< an error inside of a stream that had begun
  timed_out,     ///< the client's own patience was over, or the server said 504
  truncated,     ///< the server closed, orderly, before the end
  reset,         ///< the connection broke
  unreachable,   ///< no connection
  left,          ///< the client went away, as it was planned to
  unfinished,    ///< the run was over first
};

inline constexpr std::size_t endings = 11;

inline constexpr std::array<std::string_view, endings> ending_names{
    "complete",  "quota (429)", "overload (503)", "http error",  "stream error", "timed out",
    "truncated", "reset",       "unreachable",    "client left", "unfinished"};

[[nodiscard]] constexpr std::string_view name_of(ending e) noexcept {
  return ending_names[static_cast<std::size_t>(e)];
}

/// Times are from the start of the run; those that did not happen are zero.
struct outcome {
  std::uint32_t of_class = 0;
  ending how = ending::unfinished;
  bool streamed = true;
  bool accepted = false;     ///< a 2xx status came
  int status = 0;            ///< of the last response; 0: none
  std::uint32_t tokens = 0;  ///< of the answer: the server's count where it sent one, else pieces of text
  std::uint32_t prompt_tokens = 0;  ///< as the server counted; 0: it did not say
  std::uint32_t cached_tokens = 0;
  std::uint32_t attempts = 0;
  bool waited_as_told = false;  ///< it came back after Retry-After at least once
  bool back_admitted = false;   ///< with waited_as_told: its first return was let in
  std::chrono::nanoseconds intended{};
  std::chrono::nanoseconds sent{};  ///< the last attempt
  std::chrono::nanoseconds first_text{};
  std::chrono::nanoseconds last_text{};
  std::chrono::nanoseconds ended{};
};

}  // namespace hawser::load
