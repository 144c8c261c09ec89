/// One request before it is sent: what is asked, when, and how its client behaves.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace hawser::load {

struct planned_request {
  std::uint64_t number = 0;
  std::uint32_t of_class = 0;  ///< index into the run's classes
  std::chrono::nanoseconds
      at{};  ///< intended send time, from the start of the run; a closed loop sends when it can
  std::uint32_t prompt = 1;     ///< tokens of its own text
  std::uint32_t answer = 1;     ///< max_tokens
  std::uint32_t prefix = 0;     ///< which shared text it begins with, from 1; 0: none
  std::uint64_t text_seed = 0;  ///< of its own text
  std::string text;             ///< when not empty: the whole prompt, as it is
  std::uint32_t turns = 1;
  bool stream = true;
  bool obeys = true;
  bool leaves = false;
  std::uint32_t leave_after =
      0;  ///< pieces of text that a client which leaves waits for; 0: it leaves before the first
};

/// Fills the next request, in the order of `at`; false: there are no more. Called on the run's thread.
using request_source = std::function<bool(planned_request& into)>;

}  // namespace hawser::load
