/// Every bound of the serving core, with its default.
#pragma once

#include "actors/far_mail.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hawser::actors {

/// A text that requests will begin with.
struct rehearsal_prompt {
  std::string text;
  bool system = false;  ///< of a chat; otherwise as it is
};

/// What the memory keeper asks of the system; each may be empty. Called on the pool, and may take its time.
struct memory_system {
  std::function<std::uint64_t()> resident{};  ///< bytes of the process that are its alone
  std::function<std::optional<std::uint64_t>()>
      group_left{};                   ///< bytes that its container has left, if it says
  std::function<void()> give_back{};  ///< free memory of the heap, to the system
};

struct core_options {
  // Admission (Ingress)
  std::uint32_t queued_requests = 512;  ///< of one priority class, before their first step; more are refused
  std::uint32_t requests = 4096;        ///< all classes, queued and running together
  std::uint64_t queued_tokens =
      4u << 20;               ///< prompt tokens of all queued requests, estimated until they are known
  std::uint32_t choices = 8;  ///< most answers to one prompt
  std::uint32_t stop_strings = 16;
  std::uint32_t stop_bytes = 256;  ///< length of one stop string
  std::uint32_t logit_biases = 1024;
  std::uint32_t top_logprobs = 20;
  std::uint32_t default_max_tokens =
      4096;  ///< for a request that names none; the context's end still ends it

  // Overload (docs/overload.md)
  bool throttle = false;  ///< refuse what cannot be served in time; false: only the bounds above
  std::chrono::nanoseconds interactive_target = std::chrono::milliseconds(500);  ///< to the first token
  std::chrono::nanoseconds standard_target = std::chrono::seconds(5);
  std::chrono::nanoseconds token_target =
      std::chrono::milliseconds(250);  ///< between two tokens of an answer
  double shed_batch = 0.80;            ///< load from which batch requests are refused
  double shed_standard = 0.90;         ///< and standard ones of keys that have more than their share
  double shed_all = 0.98;              ///< and all but interactive ones
  double shed_hysteresis = 0.05;
  double kv_share = 0.95;  ///< of the KV pages that may be spoken for

  // Tokenizer pool
  std::uint32_t tokenizer_workers = 2;  ///< how many texts are tokenized at once
  std::uint32_t tokenizer_queue =
      256;  ///< `tokenize` questions that may wait (prompts are bounded by `requests`)

  // Batcher
  std::uint32_t seats = 0;               ///< sequences that run at once; 0: as many as the backend has
  std::uint32_t step_tokens = 0;         ///< tokens in one step; 0: as many as the backend takes
  std::uint32_t chunk_threshold = 4000;  ///< a longer prompt is run in chunks of at most this many tokens
  std::chrono::nanoseconds step_time =
      std::chrono::milliseconds(100);  ///< what a step of the device should take
  std::uint32_t chunk_beside_decodes =
      256;  ///< prompt tokens in a step that also continues answers, until it is known how long they take
  std::uint32_t expected_answer =
      256;                     ///< tokens of KV that must be free for an answer before its sequence starts
  double prefix_share = 0.25;  ///< of the KV pages: kept for requests that begin like those that filled them;
                               ///< 0: nothing is kept
  bool share_prefixes = false;  ///< between all API keys: one may see by the time that another asked the same
  std::chrono::nanoseconds ageing =
      std::chrono::seconds(50);  ///< a waiting request rises one class after each of these

  // Executor
  std::chrono::nanoseconds step_deadline = std::chrono::seconds(60);  ///< a device that takes longer is lost
  std::chrono::nanoseconds warm_up_deadline = std::chrono::minutes(10);

  // Rehearsal
  std::uint32_t rehearsal_tokens = 0;  ///< of a made-up prompt that is run before the core is ready; 0: none
  std::vector<rehearsal_prompt> rehearsal_prompts{};  ///< put into the prefix index before the core is ready

  // Result cache
  std::size_t result_bytes = 0;             ///< of remembered and shared answers; 0: there is none
  std::size_t result_largest = 256u << 10;  ///< of one question with its answer
  std::chrono::nanoseconds result_time_to_live = std::chrono::hours(1);

  far_address far_results{};  ///< a second tier of remembered answers; empty: none
  bool far_alone = false;     ///< it remembers in place of the first tier
  std::chrono::nanoseconds far_patience = std::chrono::milliseconds(100);  ///< with its answer

  // Memory (docs/memory.md); the limit comes with the model
  std::chrono::nanoseconds gc_interval = std::chrono::seconds(1);  ///< memory is given back at most so often
  memory_system system{};

  // Telemetry
  std::chrono::nanoseconds report_every =
      std::chrono::milliseconds(100);  ///< how often the hot actors report at most
  bool old_metric_names = false;       ///< also those that vLLM had before 0.11

  // Supervisor
  std::uint32_t restarts = 5;  ///< of failed actors within `restart_window`
  std::chrono::nanoseconds restart_window = std::chrono::minutes(1);
  std::chrono::nanoseconds drain = std::chrono::seconds(30);  ///< what runs at a stop may finish for so long
  std::chrono::nanoseconds slow_handler = std::chrono::milliseconds(10);

  std::uint64_t seed =
      0;  ///< of all chance in the core: the spread of Retry-After, and the secret that names prefixes
};

}  // namespace hawser::actors
