/// What the batcher is told, and what it tells Ingress.
#pragma once

#include "actors/executor_mail.hpp"
#include "actors/generation_mail.hpp"
#include "actors/step_sums.hpp"
#include "model/sampling.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// A request that waits for a seat. From here on the batcher owes its listener one `admitted` (with the seat)
/// and one `ended`, or one `refused` or `ended` alone; and Ingress one `left`.
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

/// Refuses a request that has no seat yet; one that has, or is over, is left alone.
struct shed {
  refused no;
};

/// While `held`, its answer does not go on; its pages stay. Unknown ids are over already.
struct hold {
  request_id id = 0;
  bool held = false;
};

/// Who waits in this class is seated newest first from now on, or in order again.
struct serve_newest {
  priority rank{};
  bool newest = false;
};

/// The executor that steps go to from now on. What the one before was running is lost.
struct use_executor {
  executor_address executor;
};

/// To itself: letters that were waiting are joined in one plan.
struct plan_now {};

using batcher_address = runtime::address<join, leave, shed, hold, serve_newest, use_executor>;

/// The first sequence of a request has a seat.
struct started {
  request_id id = 0;
};

/// The first token of its answer is there: its prefill is over.
struct answering {
  request_id id = 0;
};

/// The batcher has told the listener the last word.
struct left {
  request_id id = 0;
  finish why{};
  std::uint32_t prompt_tokens = 0;
  std::uint32_t cached_tokens = 0;  ///< of them, those that were not computed
  std::uint32_t answer_tokens = 0;  ///< all choices together
};

/// How the batch goes; at most one in `report_every`, and one when it becomes empty.
struct pulse {
  step_sums steps;  ///< since the last
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
};

using request_watcher = runtime::address<started, answering, left, pulse>;

}  // namespace hawser::actors
