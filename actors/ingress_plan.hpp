/// Who may come in, and where everybody is who did. Pure: time, chance and the phase are handed in.
#pragma once

#include "actors/admission.hpp"
#include "actors/batcher_mail.hpp"
#include "actors/ingress_limits.hpp"
#include "actors/memory_board.hpp"
#include "actors/router_mail.hpp"
#include "actors/service_mail.hpp"
#include "actors/tally.hpp"
#include "actors/tokenizer_mail.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hawser::actors {

/// What is wrong with the request itself, or nothing.
[[nodiscard]] std::optional<refused> check(const generate& what, const ingress_limits& limits);

/// Each request that arrives gets one of: refused; admitted and later left; ended before it was admitted.
class ingress_plan {
 public:
  explicit ingress_plan(ingress_limits limits) : limits_(limits), admission_(limits.admission) {}

  /// For those who come from now on; the model's own limits stay.
  void use(const ingress_limits& now);
  void know_model(std::uint32_t longest, std::uint32_t vocabulary) noexcept;
  void know_room(kv_shape shape, std::uint32_t seats);
  /// There is a new batcher, which seats each class in its order.
  void begin_in_order() noexcept { newest_ = {}; }

  /// Takes the prompt out of `what` when it is accepted: then it is to be tokenized. Never grows with the
  /// prompt. `chance` in [0, 1) spreads Retry-After.
  [[nodiscard]] std::optional<refused> arrive(generate& what, phase now_is, runtime::time_point now,
                                              double chance);

  /// It could not be handed on: its place is given back, and its last word is counted.
  [[nodiscard]] refused turn_away(refused no);
  [[nodiscard]] ended lose(request_id id, const std::string& why);

  struct handover {
    generation_listener to;
    std::optional<refused> no;  ///< for `to`
    join request;               ///< otherwise: for the batcher
    bool held = false;          ///< and this: it is held already
  };
  /// Nothing: nobody wants it any more.
  [[nodiscard]] std::optional<handover> prompt_made(prompt_made made, runtime::time_point now, double chance);

  struct cancelled {
    bool in_batch = false;   ///< the batcher is to be told
    generation_listener to;  ///< otherwise: gets `last`
    ended last;
  };
  [[nodiscard]] std::optional<cancelled> cancel(request_id id);
  /// True: the batcher is to be told.
  [[nodiscard]] bool hold(request_id id, bool held) noexcept;
  /// True: the batcher is to be told.
  [[nodiscard]] bool postpone(request_id id, runtime::time_point deadline) noexcept;

  /// So many of its prompt's tokens need not be computed.
  void joined(request_id id, std::uint32_t cached_tokens) noexcept;
  void started(request_id id) noexcept;
  void answering(request_id id, runtime::time_point now);
  void left(const actors::left& gone);

  struct late_ones {
    std::vector<refused> tokenizing;      ///< their prompts are to be dropped, and they told
    std::vector<generation_listener> to;  ///< parallel to `tokenizing`
    std::vector<shed> waiting;            ///< for the batcher
    std::vector<serve_newest> order;      ///< for the batcher
  };
  /// From time to time while somebody waits: who can no longer be in time, and how a class is served now.
  [[nodiscard]] late_ones watch(runtime::time_point now, double chance);
  [[nodiscard]] bool somebody_waits() const noexcept;

  struct farewell {
    generation_listener to;
    ended last;
  };
  /// Nothing: it is over already.
  [[nodiscard]] std::optional<farewell> lost(const actors::lost& gone);
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
  /// Bytes of texts, tokens and answers to come, of all that were accepted.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// What all owners hold, bytes() included: looked at by the next arrival.
  void know_memory(const memory_facts& now) noexcept { memory_ = now; }
  void know_batch(const batch_state& now) noexcept;
  [[nodiscard]] const admission& gate() const noexcept { return admission_; }
  [[nodiscard]] load_facts facts() const noexcept;
  /// Counts since the last take.
  [[nodiscard]] ingress_tally take_tally() noexcept;

 private:
  enum class stage : std::uint8_t { tokenizing, waiting, running };

  struct entry {
    generate from;  // without its prompt
    stage now = stage::tokenizing;
    claim held;
    runtime::time_point arrived{};
    std::uint64_t bytes = 0;  // that are held for it
    bool sent_away = false;   // the batcher was told to
    bool waits_for_reader = false;
  };
  using entries = std::unordered_map<request_id, entry>;
  /// Who has no token yet, in the order of arrival.
  using line = std::set<std::pair<runtime::time_point, request_id>>;

  [[nodiscard]] admission_ask ask_of(const generate& what, std::uint64_t tokens, runtime::time_point arrived,
                                     runtime::time_point now) const;
  [[nodiscard]] refused no_room(request_id id, priority rank, const verdict& v);
  [[nodiscard]] std::optional<limit> late(const entry& e, runtime::time_point now) const;
  [[nodiscard]] refused count(refused r) noexcept;
  void drop(request_id id);
  void hold_bytes(entry& of, std::uint64_t bytes) noexcept;

  ingress_limits limits_;
  admission admission_;
  entries entries_;
  double kv_used_ = 0;
  std::array<line, rank_count> lines_;
  std::array<bool, rank_count> newest_{};  // as the batcher was told
  std::uint64_t bytes_ = 0;
  memory_facts memory_;
  double tokens_a_byte_ = 0.25;
  ingress_tally tally_;
};

}  // namespace hawser::actors
