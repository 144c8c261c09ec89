/// Whether a request can still be served in time, and what is said to one that cannot: numbers only, time and
/// chance handed in. docs/overload.md is the long form.
#pragma once

#include "actors/answer_guess.hpp"
#include "actors/generation_mail.hpp"
#include "actors/retry_slots.hpp"
#include "actors/standing_watch.hpp"
#include "actors/wait_correction.hpp"
#include "actors/work_flow.hpp"
#include "runtime/clock.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hawser::actors {

inline constexpr std::size_t rank_count = 3;

struct admission_limits {
  bool control = true;  ///< false: only the three bounds below hold
  std::uint32_t queued_requests = 512;
  std::uint32_t requests = 4096;
  std::uint64_t queued_tokens = 4u << 20;
  /// To the first token, by class; 0: whenever it comes.
  std::array<runtime::duration, rank_count> first_token{std::chrono::milliseconds(500),
                                                        std::chrono::seconds(5), runtime::duration{}};
  runtime::duration token_time = std::chrono::milliseconds(250);  ///< between two tokens of an answer
  double shed_batch = 0.80;                                       ///< load from which batch is refused
  double shed_standard = 0.90;          ///< and standard of keys that have more than their share
  double shed_all = 0.98;               ///< and all but interactive of keys that have not
  double hysteresis = 0.05;             ///< so far it must fall before they come in again
  double kv_share = 0.95;               ///< of the KV pages, spoken for by prompts and expected answers
  std::uint32_t expected_answer = 256;  ///< tokens, until it is known how long answers become
};

/// The room that the model has.
struct kv_shape {
  struct group {
    std::uint32_t window = 0;  ///< 0: everything
    std::uint32_t pages = 0;
  };
  std::uint32_t page_tokens = 1;
  std::vector<group> groups;
};

/// What a request asks for.
struct admission_ask {
  priority rank = priority::standard;
  bool returns = false;      ///< it was told to come back, and does
  std::uint64_t tokens = 0;  ///< of the prompt, known or guessed
  std::uint32_t sequences = 1;
  std::uint32_t max_tokens = 1;  ///< of each sequence's answer
  std::string_view key;
  float share = 1.0f;  ///< of the key: how much of a busy server is its own, against that of others
  runtime::duration left = runtime::duration::max();  ///< until its deadline
  runtime::duration first_token_within{};             ///< its own wish; 0: the class's
  runtime::duration token_within{};
  bool fits = true;     ///< the process has memory for it
  bool let_in = false;  ///< by another policy: the bounds and its own times hold, load does not count
};

/// What an accepted request has spoken for. Made by admission only.
struct claim {
  enum class stage : std::uint8_t { waiting, prefilling, answering };

  priority rank{};
  stage now = stage::waiting;
  std::string key;
  std::uint64_t tokens = 0;   ///< of the prompt
  std::uint64_t counted = 0;  ///< of them, those that stand in others' way
  std::uint32_t sequences = 0;
  std::uint32_t answer = 0;  ///< expected tokens, all sequences
  double kv = 0.0;           ///< share of the KV pages
  double forecast = 0.0;     ///< seconds to its first token, as the rates said when it came
};

/// Which limit a refusal is about.
enum class limit : std::uint8_t {
  none,
  queued_requests,
  requests,
  queued_tokens,
  kv_memory,
  wait,      ///< the class's time to the first token
  load,      ///< of the server, for this class
  share,     ///< the key's, of a loaded server
  memory,    ///< of the process
  deadline,  ///< its own, and the next two are its own wishes
  first_token,
  token_time,
};
inline constexpr std::size_t limit_count = 12;
[[nodiscard]] std::string_view name_of(limit which) noexcept;
/// `none` for a name that is not one.
[[nodiscard]] limit limit_named(std::string_view name) noexcept;

struct verdict {
  limit over = limit::none;
  std::chrono::milliseconds retry_after{};

  [[nodiscard]] bool good() const noexcept { return over == limit::none; }
};

/// One thread. Everything here costs the same however many wait.
class admission {
 public:
  explicit admission(admission_limits given);

  /// Bounds and targets from now on. What was learnt of answers stays.
  void use(const admission_limits& now);
  void know_room(kv_shape shape, std::uint32_t seats);
  /// As measured: prompt tokens a second (0: not known), seconds of a step that only continues answers, and
  /// from one token of an answer to the next, whatever else the steps hold (0: as much).
  void know_rates(double prefill_rate, double token_seconds, double pace_seconds = 0.0) noexcept;

  /// Memory has room for this share of the KV pages.
  void know_allowed(double share) noexcept { allowed_ = std::clamp(share, 0.01, 1.0); }

  /// Before enter(). Books the return of one that is refused.
  [[nodiscard]] verdict judge(const admission_ask& ask, runtime::time_point now, double chance);

  /// One that was let in, `waited` ago, and comes too late after all.
  [[nodiscard]] verdict send_away(limit over, const claim& held, runtime::duration waited,
                                  runtime::time_point now, double chance);

  [[nodiscard]] claim enter(const admission_ask& ask);
  /// A newcomer was let in: lower classes expect more of its kind.
  void arrived(const claim& held, runtime::time_point now) noexcept;
  void leave(const claim& held);
  /// So many of its prompt's tokens need not be computed.
  void cached(claim& held, std::uint32_t tokens) noexcept;
  /// It has a seat.
  void seated(claim& held) noexcept;
  /// Its first token is there; `waited` is from its arrival.
  void answering(claim& held, runtime::duration waited, runtime::time_point now) noexcept;
  /// What it came to. `cut`: by its own max_tokens.
  void learn(const claim& held, std::uint32_t prompt, std::uint32_t cached, std::uint32_t answer, bool cut);
  /// How long the one has waited that waits longest, by class.
  void look(const std::array<std::optional<runtime::duration>, rank_count>& oldest,
            runtime::time_point now) noexcept;

  /// Seconds until a newcomer of this class is at its turn.
  [[nodiscard]] double wait(priority rank, std::uint32_t sequences = 1) const noexcept;
  /// Seconds to compute so many prompt tokens, once it is their turn.
  [[nodiscard]] double prefill_seconds(std::uint64_t tokens) const noexcept;
  /// What the rates say is multiplied with, for how it has come true.
  [[nodiscard]] double correction() const noexcept { return correction_.factor(); }
  /// 1: all that the server can do in time.
  [[nodiscard]] double load() const noexcept;
  [[nodiscard]] bool standing(priority rank) const noexcept { return watch_[index(rank)].standing(); }
  /// To the first token.
  [[nodiscard]] runtime::duration target(priority rank) const noexcept {
    return limits_.first_token[index(rank)];
  }
  [[nodiscard]] std::uint32_t queued(priority rank) const noexcept { return by_rank_[index(rank)].queued; }
  [[nodiscard]] std::uint64_t queued_tokens() const noexcept { return queued_tokens_; }
  [[nodiscard]] double kv_committed() const noexcept;
  [[nodiscard]] std::uint32_t expected_answer(priority rank) const noexcept {
    return guess_[index(rank)].most();
  }

 private:
  struct queue {
    std::uint32_t queued = 0;  // requests without a seat
    std::uint64_t unread = 0;  // prompt tokens of those that do not answer yet, as far as they count
    std::uint32_t sequences = 0;
    std::uint64_t answers = 0;    // expected tokens of those that do not answer yet
    std::uint64_t answering = 0;  // and of those that do
    double kv = 0.0;
  };
  struct account {
    std::uint32_t claims = 0;
    double cost = 0.0;
    double share = 1.0;
  };

  [[nodiscard]] static std::size_t index(priority rank) noexcept { return static_cast<std::size_t>(rank); }
  void count(const claim& held, int sign);
  void fill(claim& into, const admission_ask& ask) const;
  void learn_wait(const claim& held, runtime::duration waited, bool at_least) noexcept;
  [[nodiscard]] std::uint64_t uncached(std::uint64_t tokens) const noexcept;
  [[nodiscard]] double cost(const claim& of) const noexcept;
  [[nodiscard]] double kv_of(std::uint64_t tokens, std::uint32_t sequences) const noexcept;
  [[nodiscard]] limit bound(const admission_ask& ask) const noexcept;
  [[nodiscard]] limit late(const admission_ask& ask, const claim& mine) const noexcept;
  [[nodiscard]] std::uint32_t together() const noexcept;
  [[nodiscard]] double work_ahead(priority rank) const noexcept;
  [[nodiscard]] double device_seconds(double prompt, double answer) const noexcept;
  [[nodiscard]] double left_by_higher(priority rank) const noexcept;
  [[nodiscard]] limit ladder(const admission_ask& ask) noexcept;
  [[nodiscard]] limit room(const admission_ask& ask, const claim& mine,
                           runtime::time_point now) const noexcept;
  [[nodiscard]] bool owed(priority rank, runtime::time_point now) const noexcept;
  [[nodiscard]] bool over_share(std::string_view key) const;

  admission_limits limits_;
  kv_shape shape_;
  std::uint32_t seats_ = 0;
  double rate_ = 0.0;
  double token_seconds_ = 0.0;
  double pace_seconds_ = 0.0;
  double least_pace_seconds_ = 0.0;
  double cached_share_ = 0.0;
  double allowed_ = 1.0;
  std::uint64_t queued_tokens_ = 0;
  std::uint32_t claims_ = 0;
  std::array<queue, rank_count> by_rank_{};
  std::array<bool, rank_count> shedding_{};  // a rung of the ladder each, lowest first
  std::vector<answer_guess> guess_;          // [rank_count]
  std::vector<standing_watch> watch_;        // [rank_count]
  wait_correction correction_;
  std::unordered_map<std::string, account> accounts_;
  double all_cost_ = 0.0;
  double all_shares_ = 0.0;
  std::array<retry_slots, rank_count> slots_{};
  std::array<work_flow, rank_count> flows_{};
  runtime::time_point now_{};  // the last that was handed in
};

}  // namespace hawser::actors
