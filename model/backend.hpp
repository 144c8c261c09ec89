/// The seam between the serving core and a device: all that the actors know of one.
///
/// The batcher owns seats and pages as numbers; a backend owns only the memory behind them. A seat is one
/// running sequence: the backend keeps its sampling state and the token that it sampled last. A page holds
/// `page_tokens` consecutive positions of one sequence, for the layers of one page group. Layers that attend
/// to everything are one group; layers with the same sliding window another, whose pages go back when they
/// leave the window.
#pragma once

#include "model/error.hpp"
#include "model/sampling.hpp"
#include "model/token.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace hawser::model {

using page_id = std::uint32_t;
inline constexpr page_id no_page = 0xffffffffu;
inline constexpr std::size_t max_page_groups = 4;

struct page_group {
  std::uint32_t window = 0;  ///< 0: the layers of this group see every position
  std::uint32_t layers = 0;
  std::size_t page_bytes = 0;  ///< K and V of `page_tokens` positions in all layers of the group
  std::uint32_t pages = 0;     ///< page ids of this group are 0 .. pages-1
};

/// Fixed once the backend is made.
struct backend_capacity {
  std::uint32_t seats = 0;        ///< sequences that can hold a seat at once
  std::uint32_t step_tokens = 0;  ///< tokens in one step, all sequences together
  std::uint32_t page_tokens = 0;  ///< positions a page holds
  std::uint32_t context = 0;      ///< positions a sequence may have
  std::uint32_t vocabulary = 0;
  std::uint32_t width = 0;         ///< length of an embedding
  std::vector<page_group> groups;  ///< 1 .. max_page_groups
  std::string device;              ///< for people: "cpu avx512-vnni, 2 threads"
};

/// What a backend holds, in bytes.
struct backend_memory {
  std::size_t weights = 0;
  std::size_t kv = 0;  ///< reserved for pages
  std::size_t scratch = 0;
  bool apart = false;  ///< in memory of the device's own, which is none of the process's
};

enum class step_output : std::uint8_t {
  none,       ///< a prefill chunk that is not the last: its KV only
  token,      ///< the sampled token after the last of the run tokens
  embedding,  ///< mean over the run tokens of the final normed hidden state, added to what earlier chunks
              ///< gave
};

/// A sequence's part of a step. Everything that it points to must stay as it is until the step is done.
struct sequence_step {
  std::uint32_t seat = 0;
  std::uint32_t position = 0;  ///< of the first token that is run
  /// To run. Empty: run the one token that the step before sampled for this seat; if that step gave none (it
  /// failed after this one was planned), the result is an error for this sequence, and nobody waits for it.
  std::span<const token_id> tokens;
  /// tables[g][i] is the page of group g that holds positions [i * page_tokens, (i + 1) * page_tokens).
  /// Entries are valid for every page that the run tokens write or can see.
  std::array<std::span<const page_id>, max_page_groups> tables{};
  step_output output = step_output::none;
  std::uint64_t draw = 0;                  ///< number of the answer token that is sampled
  std::span<const std::uint32_t> allowed;  ///< token mask as in sampler::choose, or empty

  /// Set on a sequence's first step in this seat, and again after a preemption: its sampling state starts
  /// here. Its position need not be 0: pages before it may have been computed by other sequences of the same
  /// text.
  const sampling_params* opening = nullptr;
  std::span<const token_id> prompt;  ///< with `opening`: what the repetition penalty sees
  std::span<const token_id> answer;  ///< with `opening`: what was generated before a preemption

  /// When not empty, one entry a run token: the log-probability of that token as the next one is wanted
  /// (no_token: of none). For echoed logprobs and perplexity.
  std::span<const token_id> score;
  std::int32_t score_top = 0;  ///< with `score`: also the n best at each scored position
};

/// A page of one group.
struct page_place {
  std::uint32_t group = 0;
  page_id page = no_page;

  friend bool operator==(const page_place&, const page_place&) = default;
};

/// Page `to` of a group becomes what page `from` is.
struct page_copy {
  std::uint32_t group = 0;
  page_id from = no_page;
  page_id to = no_page;

  friend bool operator==(const page_copy&, const page_copy&) = default;
};

/// What to run, in one batch. `sequences` may mix chunks and decodes; the sum of their tokens is <=
/// step_tokens. There may be none, when only `discards` and `copies` are to be done.
struct step_plan {
  std::uint64_t number = 0;
  /// Before all else: nobody reads these pages before they are written again, so their memory may go back to
  /// the system.
  std::vector<page_place> discards;
  /// Then these, in their order, before any sequence runs. Each `to` is one sequence's own.
  std::vector<page_copy> copies;
  std::vector<sequence_step> sequences;

  void clear() noexcept {
    discards.clear();
    copies.clear();
    sequences.clear();
  }
};

enum class step_error : std::uint8_t {
  none = 0,
  not_a_number,     ///< the logits hold no number to choose from
  nothing_allowed,  ///< the mask leaves no token
  out_of_memory,
  device_lost,  ///< this and every later step of the device fails
};

struct sequence_result {
  std::uint32_t seat = 0;
  step_error error = step_error::none;  ///< ends that sequence only
  std::vector<sampled_token> tokens;    ///< zero or more
  std::vector<sampled_token> scored;    ///< one for each entry of `score` that is not no_token
  std::vector<float> embedding;         ///< [width], not normalised
};

/// One entry for each sequence of the plan, in its order.
struct step_result {
  std::uint64_t number = 0;
  std::vector<sequence_result> sequences;
  std::chrono::nanoseconds busy{};  ///< time the device worked on it
  bool lost = false;                ///< the device is broken: no step will have results any more
};

/// Thread-safe only as stated. One step runs at a time.
class backend {
 public:
  using done = std::function<void()>;

  virtual ~backend() = default;

  [[nodiscard]] virtual const backend_capacity& capacity() const noexcept = 0;

  /// Starts a step and returns at once; `on_done` is called exactly once, from a thread of the backend, when
  /// `result` is complete. `plan` and `result` belong to the backend until then. A second start before that
  /// is a broken invariant.
  virtual void start(const step_plan& plan, step_result& result, done on_done) = 0;

  /// Runs every shape once, so that the first request finds everything touched. Asynchronous as start().
  virtual void warm_up(done on_done) = 0;

  [[nodiscard]] virtual backend_memory memory() const noexcept = 0;
};

}  // namespace hawser::model
