/// What the hot actors count between two reports: plain numbers, no lock, no registry.
#pragma once

#include "actors/admission.hpp"
#include "actors/far_mail.hpp"
#include "actors/generation_mail.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hawser::actors {

/// Upper bounds of histogram buckets, as vLLM's dashboards expect them.
namespace buckets {
inline constexpr std::array first_token{.001, .005, .01, .02, .04, .06, .08, .1,  .25,  .5,   .75,
                                        1.0,  2.5,  5.0, 7.5, 10., 20., 40., 80., 160., 640., 2560.};
inline constexpr std::array between_tokens{.01, .025, .05, .075, .1,  .15, .2,  .3,  .4, .5,
                                           .75, 1.0,  2.5, 5.0,  7.5, 10., 20., 40., 80.};
inline constexpr std::array request{.3,  .5,  .8,  1.0, 1.5,  2.0,  2.5,  5.0,  10.,   15.,  20.,
                                    30., 40., 50., 60., 120., 240., 480., 960., 1920., 7680.};
inline constexpr std::array request_tokens{1.,    2.,    5.,    10.,    20.,    50.,    100.,    200.,   500.,
                                           1000., 2000., 5000., 10000., 20000., 50000., 100000., 200000.};
inline constexpr std::array choices{1., 2., 5., 10., 20.};
inline constexpr std::array step_tokens{1.,   8.,    16.,   32.,   64.,   128.,  256.,
                                        512., 1024., 2048., 4096., 8192., 16384.};
}  // namespace buckets

class local_histogram {
 public:
  explicit local_histogram(std::span<const double> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1, 0.0) {}

  void observe(double value) noexcept;
  void observe(std::chrono::nanoseconds time) noexcept {
    observe(std::chrono::duration<double>(time).count());
  }
  void clear() noexcept;

  [[nodiscard]] std::span<const double> bounds() const noexcept { return bounds_; }
  [[nodiscard]] const std::vector<double>& counts() const noexcept { return counts_; }  ///< [bounds + 1]
  [[nodiscard]] double sum() const noexcept { return sum_; }
  [[nodiscard]] double count() const noexcept { return count_; }

 private:
  std::span<const double> bounds_;
  std::vector<double> counts_;
  double sum_ = 0.0;
  double count_ = 0.0;
};

/// The batcher's.
/// Who gets a `refused` is counted by whoever sends it: then each request is counted once, there or in
/// `ended`.
struct refusal_tally {
  std::array<std::uint64_t, 7> by_reason{};           ///< by refusal
  std::array<std::uint64_t, limit_count> by_limit{};  ///< for load

  void count(const refused& no) noexcept;
};

struct batch_tally {
  // Since the last report.
  std::uint64_t prompt_tokens = 0;
  std::uint64_t generation_tokens = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t prefix_queries = 0;  ///< prompt tokens of requests that got their first token
  std::uint64_t prefix_hits = 0;     ///< of them, those that were not computed
  std::uint64_t steps = 0;
  std::chrono::nanoseconds device_busy{};
  std::array<std::uint64_t, 5> ended{};  ///< by finish
  refusal_tally refused;                 ///< while they waited for a seat
  local_histogram first_token{buckets::first_token};
  local_histogram between_tokens{buckets::between_tokens};
  local_histogram per_output_token{buckets::between_tokens};
  local_histogram whole{buckets::request};
  local_histogram queued{buckets::request};
  local_histogram prefill{buckets::request};
  local_histogram decode{buckets::request};
  local_histogram inference{buckets::request};
  local_histogram prompt_length{buckets::request_tokens};
  local_histogram answer_length{buckets::request_tokens};
  local_histogram max_tokens{buckets::request_tokens};
  local_histogram choices{buckets::choices};
  local_histogram step_tokens{buckets::step_tokens};
  // At its moment.
  std::uint32_t running = 0;   ///< requests with a seat
  std::uint32_t waiting = 0;   ///< for a seat
  std::uint32_t deferred = 0;  ///< requests without a seat until their readers catch up
  std::uint32_t pages_used = 0;
  std::uint32_t pages_idle = 0;  ///< kept for their prefix only
  std::uint32_t pages = 0;
};

/// Ingress's.
struct ingress_tally {
  std::uint64_t arrived = 0;
  refusal_tally refused;
  std::array<std::uint64_t, 5> ended{};  ///< by finish: those that the Batcher never had, or lost
  // At its moment.
  std::uint32_t before_batch = 0;  ///< accepted, without a seat
  double load = 0.0;               ///< 1: all that the server can do in time
  double correction = 1.0;         ///< of expected waits
  double kv_committed = 0.0;       ///< share of the KV pages
  std::array<double, 3> wait{};    ///< seconds until a newcomer's turn, by class
};

/// The result cache's.
struct result_tally {
  std::uint64_t hits = 0;      ///< answered from what was remembered
  std::uint64_t shared = 0;    ///< joined a request that asked the same
  std::uint64_t misses = 0;    ///< computed, though they could have been remembered
  std::uint64_t bypassed = 0;  ///< cannot be repeated, are too large, or asked not to be
  std::uint64_t stored = 0;
  std::uint64_t evicted = 0;  ///< for others
  std::uint64_t expired = 0;
  std::uint64_t purged = 0;
  std::array<std::uint64_t, far_outcomes> far{};  ///< questions to the second tier, by what became of them
  // At its moment.
  std::size_t bytes = 0;
  std::size_t answers = 0;
  std::size_t computing = 0;
  double hit_ratio = 0.0;  ///< of the last few hundred that could be repeated, hits and shared
};

}  // namespace hawser::actors
