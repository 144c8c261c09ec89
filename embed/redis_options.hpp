/// What the second tier in Redis is told.
#pragma once

#include "embed/circuit_breaker.hpp"
#include "embed/redis_url.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace hawser::embed {

struct redis_options {
  redis_url where{};
  std::string secret{};                               ///< of those who share their answers
  std::chrono::milliseconds within{50};               ///< for each command; then the connection is given up
  std::chrono::milliseconds time_to_live{3'600'000};  ///< of an answer there
  std::size_t largest = 256u << 10;                   ///< of an answer; a larger one is not believed
  std::size_t waiting_bytes = 8u << 20;  ///< that Redis has not taken yet; beyond, nothing is kept
  breaker_limits breaker{};
};

}  // namespace hawser::embed
