/// What the batcher is told, and what it tells Ingress.
#pragma once

#include "actors/executor_mail.hpp"
#include "actors/generation_mail.hpp"
#include "model/sampling.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// An admitted request. From here on the batcher owes its listener one `ended`, and Ingress one `left`.
struct join {
  request_id id = 0;
  std::shared_ptr<const std::vector<model::token_id>> prompt;
  std::uint32_t max_tokens = 1;  ///< >= 1; prompt + max_tokens is at most what Ingress was told as `longest`
  std::uint32_t choices = 1;
  model::sampling_params sampling;
  std::vector<std::string> stop;
  bool ignore_end = false;
  bool echo_logprobs = false;
  priority rank = priority::standard;
  runtime::time_point arrived{};
  runtime::time_point deadline = runtime::time_point::max();
  generation_listener listener;
};

/// Ends a request that has joined; unknown ids are over already.
struct leave {
  request_id id = 0;
  finish why = finish::cancelled;
  std::string message;
};

/// The executor that steps go to from now on. What the one before was running is lost.
struct use_executor {
  executor_address executor;
};

/// To itself: letters that were waiting are joined in one plan.
struct plan_now {};

using batcher_address = runtime::address<join, leave, use_executor>;

/// The first sequence of a request has a seat.
struct started {
  request_id id = 0;
};

/// The batcher has told the listener `ended`.
struct left {
  request_id id = 0;
};

using request_watcher = runtime::address<started, left>;

}  // namespace hawser::actors
