/// Who may come in, and where everybody is who did. Pure: time, chance and the phase are handed in.
#pragma once

#include "actors/batcher_mail.hpp"
#include "actors/service_mail.hpp"
#include "actors/tally.hpp"
#include "actors/tokenizer_mail.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser::actors {

struct ingress_limits {
  std::uint32_t queued_requests = 512;  ///< of one class, before their first step
  std::uint32_t requests = 4096;
  std::uint64_t queued_tokens = 4u << 20;
  std::uint32_t choices = 8;
  std::uint32_t stop_strings = 16;
  std::uint32_t stop_bytes = 256;
  std::uint32_t logit_biases = 1024;
  std::uint32_t top_logprobs = 20;
  std::uint32_t default_max_tokens = 4096;
  std::uint32_t longest = 0;  ///< prompt + answer, in tokens; known when the model is
  std::uint32_t vocabulary = 0;
};

/// What is wrong with the request itself, or nothing.
[[nodiscard]] std::optional<refused> check(const generate& what, const ingress_limits& limits);

/// Each request that arrives gets one of: refused; admitted and later left; ended before it was admitted.
class ingress_plan {
 public:
  explicit ingress_plan(ingress_limits limits) : limits_(limits) {}

  void know_model(std::uint32_t longest, std::uint32_t vocabulary) noexcept;

  /// Takes the prompt out of `what` when it is accepted: then it is to be tokenized. Never grows with the
  /// prompt. `chance` in [0, 1) spreads Retry-After.
  [[nodiscard]] std::optional<refused> arrive(generate& what, phase now_is, runtime::time_point now,
                                              double chance);

  /// Its place is given back: it could not be handed on.
  void forget(request_id id) { drop(id); }

  struct handover {
    generation_listener to;
    std::optional<refused> no;  ///< for `to`
    join request;               ///< otherwise: for the batcher
  };
  /// Nothing: nobody wants it any more.
  [[nodiscard]] std::optional<handover> prompt_made(prompt_made made, runtime::time_point now);

  struct cancelled {
    bool in_batch = false;   ///< the batcher is to be told
    generation_listener to;  ///< otherwise: gets `last`
    ended last;
  };
  [[nodiscard]] std::optional<cancelled> cancel(request_id id);

  /// So many of its prompt's tokens need not be computed.
  void joined(request_id id, std::uint32_t cached_tokens);
  void started(request_id id);
  void left(request_id id, runtime::time_point now);

  struct farewell {
    generation_listener to;
    ended last;
  };
  /// The batcher has failed: the last words to all that it had.
  [[nodiscard]] std::vector<farewell> batcher_failed(const std::string& why);

  struct cut {
    std::vector<generation_listener> refused_to;  ///< parallel to `refusals`: those not admitted yet
    std::vector<refused> refusals;
    std::vector<request_id> in_batch;
  };
  /// The server stops now: refuses who was not admitted; the others are for the batcher to end.
  [[nodiscard]] cut cut_short(const std::string& why);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::uint32_t queued(priority rank) const noexcept {
    return queued_[static_cast<std::size_t>(rank)];
  }
  [[nodiscard]] std::uint64_t queued_tokens() const noexcept { return queued_tokens_; }
  void know_batch(const batch_state& now) noexcept { batch_ = now; }
  [[nodiscard]] const batch_state& batch() const noexcept { return batch_; }
  /// Counts since the last take.
  [[nodiscard]] ingress_tally take_tally() noexcept;

 private:
  enum class stage : std::uint8_t { tokenizing, waiting, running };

  struct entry {
    generate from;  // without its prompt
    stage now = stage::tokenizing;
    std::uint64_t tokens = 0;
    runtime::time_point arrived{};
  };
  using entries = std::unordered_map<request_id, entry>;

  [[nodiscard]] std::optional<refused> overloaded(const generate& what, std::uint64_t tokens, double chance);
  [[nodiscard]] std::chrono::milliseconds retry_after(priority rank, double chance) const noexcept;
  [[nodiscard]] refused count(refused r) noexcept;
  void leave_queue(entry& e) noexcept;
  void drop(request_id id);

  ingress_limits limits_;
  entries entries_;
  std::array<std::uint32_t, 3> queued_{};
  std::uint64_t queued_tokens_ = 0;
  double seconds_each_ = 0.0;  // between two that leave, smoothed; 0: not known yet
  std::optional<runtime::time_point> last_left_;
  batch_state batch_;
  ingress_tally tally_;
};

}  // namespace hawser::actors
