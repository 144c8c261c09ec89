/// Which sequences run in the next step, with how many tokens and which pages. Pure: no clock, no device, no
/// text.
#pragma once

#include "actors/page_store.hpp"
#include "actors/sequence.hpp"
#include "actors/step.hpp"
#include "actors/step_meter.hpp"
#include "actors/waiting_line.hpp"
#include "model/backend.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::actors {

struct batch_limits {
  std::uint32_t seats = 0;        ///< 0: the backend's
  std::uint32_t step_tokens = 0;  ///< 0: the backend's
  std::uint32_t chunk_threshold = 4000;
  std::uint32_t chunk_beside_decodes = 256;                      ///< until the step time is known
  runtime::duration step_time = std::chrono::milliseconds(100);  ///< 0: chunk_beside_decodes always
  std::uint32_t expected_answer = 256;
  runtime::duration ageing = std::chrono::seconds(50);
  double prefix_share = 0.25;                 ///< of the pages that may be kept for their prefix; 0: none
  bool share_prefixes = false;                ///< between all keys
  hash_key prefix_key{};                      ///< secret, so that nobody can make prefixes collide
  std::vector<model::token_id> end_tokens{};  ///< sorted
};

/// What the plan tells while it works. Must not call the plan back.
class batch_listener {
 public:
  virtual ~batch_listener() = default;
  /// It has a seat for the first time.
  virtual void started(const sequence& who) = 0;
  /// Scores of prompt tokens first, first + 1, ... (one for each entry).
  virtual void scored(const sequence& who, std::uint32_t first,
                      std::vector<model::sampled_token>& tokens) = 0;
  /// A token of the answer. False: the answer ends here (a stop string).
  [[nodiscard]] virtual bool took(const sequence& who, model::sampled_token& token) = 0;
  /// What it asked for instead of an answer; its end follows.
  virtual void embedded(const sequence& who, std::vector<float>& values) = 0;
  /// The last word about it.
  virtual void ended(const sequence& who, finish why, std::string_view message) = 0;
};

struct batch_load {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  std::uint32_t seats = 0;
  std::uint32_t pages_used = 0;
  std::uint32_t pages_idle = 0;  ///< kept for their prefix, free when needed
  std::uint32_t pages = 0;
  double pages_allowed = 1.0;            ///< share of the pages that memory has room for
  std::uint64_t prompt_tokens_left = 0;  ///< not cached and not computed, of all that have joined
  std::uint64_t preemptions = 0;         ///< since the beginning
};

/// Rules, in this order:
///   1. Answers that go on get their one token each; those of the batch class only every other step while a
///      prompt of a higher class is computed, unless time presses. Oldest of the highest class first; who
///      finds no free page takes the pages of the newest of the lowest class, which waits again and
///      recomputes.
///   2. What is left of the step goes to prompts, the best class first and in it the shortest, but a quarter
///   to
///      the one of that class that has waited longest.
///   3. A seat is given to the front of the line when the pages for prompt and expected answer are not spoken
///   for. If there is none, it takes that of the newest of a lower class, but of none that has used half of
///   the time that it was promised an answer in. Who cannot have its first token in
///   time any more is ended before its prompt is begun.
///      Answers that are held give way before all others, and wait outside of the line until they go on.
///   4. When memory is short (fit()), there are fewer pages: idle ones go, then those of the newest of the
///   lowest class. The first in order goes on all the same.
/// Nothing waits for ever: the first in order can always take pages, alone it always fits, and waiting raises
/// the class. Seats and pages of who left may be handed on at once, because steps run one after another:
/// whoever is planned later writes later. Only the arrays of a sequence live until its last step is done.
class batch_plan {
 public:
  batch_plan(batch_limits limits, const model::backend_capacity& capacity, batch_listener& hears);

  /// The longest prompt + answer that can run alone.
  [[nodiscard]] static std::uint32_t longest(const batch_limits& limits,
                                             const model::backend_capacity& capacity) noexcept;

  /// Sequences that run at once.
  [[nodiscard]] static std::uint32_t seats_of(const batch_limits& limits,
                                              const model::backend_capacity& capacity) noexcept;

  /// Its prompt + max_answer must be <= longest().
  sequence_ptr join(sequence_spec spec, runtime::time_point now);

  /// Ends it wherever it is; nothing happens when it has ended already.
  void end(sequence& who, finish why, std::string_view message = {});

  /// While held, its answer does not go on; it keeps its seat and pages only as long as nobody needs them.
  void hold(sequence& who, bool held);

  /// Fills `into`; false: there is nothing to run before another step is done or somebody joins.
  [[nodiscard]] bool plan(runtime::time_point now, step& into);

  /// The results of a step. Sequences that have ended since are skipped.
  void apply(step& done);

  /// The steps on their way are lost, and with them everybody who has a seat. Who waits goes on waiting.
  void fail_running(std::string_view message);

  /// Keys and values may take so many bytes; `give_back`: what is above that goes with the next step.
  void fit(std::uint64_t bytes, bool give_back) noexcept;

  /// Who waits in this class is seated newest first, or in order.
  void serve_newest(priority rank, bool newest) noexcept { waiting_.serve_newest(rank, newest); }

  [[nodiscard]] batch_load load() const noexcept;
  /// Those that are held and without a seat.
  [[nodiscard]] std::span<const sequence_ptr> parked() const noexcept { return parked_; }
  /// Prompt tokens that need not be computed, as it was known when it joined.
  [[nodiscard]] std::uint32_t expected_hit(const sequence& who) const noexcept {
    return who.expected.pages * store_.page_tokens();
  }
  [[nodiscard]] bool shares_prefixes() const noexcept { return limits_.share_prefixes; }
  [[nodiscard]] const page_store& pages() const noexcept { return store_; }
  [[nodiscard]] page_store::kv_bytes bytes() const noexcept { return store_.bytes(); }
  [[nodiscard]] const step_meter& meter() const noexcept { return meter_; }
  [[nodiscard]] std::uint32_t step_tokens() const noexcept { return step_tokens_; }

 private:
  struct prefill {
    sequence_ptr who;
    std::uint32_t level;
  };

  [[nodiscard]] bool may_start(const sequence& who) const noexcept;
  [[nodiscard]] std::uint32_t spoken_for(const sequence& who, std::size_t group) const noexcept;
  [[nodiscard]] std::uint32_t still_to_take(const sequence& who, std::size_t group) const noexcept;
  void count_promised() noexcept;
  void seat_waiting(runtime::time_point now);
  void end_waiting(request_id of, finish why, std::string_view message);
  [[nodiscard]] bool displace_held(std::uint64_t number);
  [[nodiscard]] bool displace_for(const waiting_line::choice& next, runtime::time_point now);
  [[nodiscard]] std::string too_late(const sequence& who, runtime::time_point now) const;
  [[nodiscard]] bool prepare(sequence& who) const;
  [[nodiscard]] std::uint32_t most_shared(const sequence& who) const noexcept;
  void begin_with_prefix(sequence& who);
  [[nodiscard]] bool fork_leader(sequence& who);
  void begin_further(sequence& who);
  void follow_on(sequence& leader);
  void give_seat(sequence_ptr who, std::uint32_t level);
  [[nodiscard]] bool batch_yields() noexcept;
  void plan_decodes(runtime::time_point now, bool yields, step& into);
  void plan_prefills(runtime::time_point now, step& into);
  [[nodiscard]] std::uint32_t chunk(const sequence& who, std::uint32_t budget) const noexcept;
  [[nodiscard]] std::uint32_t secure(sequence& who, std::uint32_t tokens, std::uint64_t number);
  [[nodiscard]] bool preempt_one_below(const sequence& who, std::uint64_t number);
  void preempt(sequence& who);
  void give_back(step& into);
  void leave_seat(sequence& who);
  void add(const sequence_ptr& who, std::uint32_t tokens, step& into);
  void note_computed(sequence& who, const model::sequence_step& asked);
  void take_embedding(sequence& who, const model::sequence_step& asked, model::sequence_result& got);
  void take_result(sequence& who, const model::sequence_step& asked, model::sequence_result& got);

  batch_limits limits_;
  batch_listener& hears_;
  std::uint32_t step_tokens_;
  std::uint32_t max_chunk_;
  page_store store_;
  step_meter meter_;
  std::vector<std::uint32_t> seats_;   // free ones
  std::vector<sequence_ptr> running_;  // sorted by (level, arrival): the last one is preempted first
  waiting_line waiting_;
  std::uint32_t following_ = 0;  // sequences that wait for their leader
  std::vector<sequence_ptr> parked_;
  std::array<std::uint64_t, model::max_page_groups>
      promised_{};                        // of seat_waiting: still_to_take() of all who run
  std::vector<model::page_copy> copies_;  // for the step that is planned
  std::vector<prefill> prefills_;         // scratch of plan_prefills
  std::uint64_t arrivals_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t preemptions_ = 0;
  bool giving_back_ = false;
  bool yielded_ = false;  // the batch class was left out of the step before
};

}  // namespace hawser::actors
