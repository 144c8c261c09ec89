/// The sum of a run: counts, histograms and the timeline of each class.
#pragma once

#include "cli/load/histogram.hpp"
#include "cli/load/outcome.hpp"
#include "cli/load/request_class.hpp"
#include "cli/load/slo.hpp"
#include "cli/load/timeline.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hawser::load {

/// Of a complete answer, from its intended time.
[[nodiscard]] latencies times_of(const outcome& one);

struct class_tally {
  std::string name;
  slo goal;
  std::array<std::uint64_t, endings> by_ending{};
  std::uint64_t requests = 0;
  std::uint64_t good = 0;  ///< complete, and within the goal
  std::uint64_t tokens = 0;
  std::uint64_t good_tokens = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t cached_tokens = 0;
  std::uint64_t attempts = 0;
  std::uint64_t waited_as_told = 0;
  std::uint64_t back_admitted = 0;
  std::uint64_t accepted_then_late = 0;  ///< a 2xx status came, and no answer within the client's patience
  // Of complete answers. "from_send": from the moment the request was really sent.
  histogram ttft, ttft_from_send;
  histogram tpot;
  histogram gaps;  ///< between pieces of text, of every stream
  histogram e2e, e2e_from_send;
  histogram refusal;  ///< from sending to a refusal
  histogram lag;      ///< from the intended send time to the last sending

  [[nodiscard]] std::uint64_t count(ending e) const noexcept {
    return by_ending[static_cast<std::size_t>(e)];
  }
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return count(ending::quota) + count(ending::overload);
  }
  /// Ended otherwise than it was asked to, refusals left out.
  [[nodiscard]] std::uint64_t failed() const noexcept;
  void merge(const class_tally& other);
};

class tally {
 public:
  /// What ended before `skip` does not count (but stands in the timeline).
  tally(const std::vector<request_class>& classes, std::chrono::nanoseconds skip);

  void add(const outcome& one);
  /// For the gaps of a running answer of this class.
  [[nodiscard]] histogram& gaps(std::uint32_t of_class) { return classes_[of_class].gaps; }

  [[nodiscard]] const std::vector<class_tally>& classes() const noexcept { return classes_; }
  [[nodiscard]] class_tally sum() const;
  [[nodiscard]] const timeline& over_time() const noexcept { return over_time_; }
  /// The first `most_kept` outcomes, for plots and for questions about parts of a run.
  [[nodiscard]] const std::vector<outcome>& outcomes() const noexcept { return outcomes_; }
  /// From `skip` to the last end.
  [[nodiscard]] std::chrono::nanoseconds length() const noexcept {
    return last_ > skip_ ? last_ - skip_ : std::chrono::nanoseconds{};
  }

 private:
  static constexpr std::size_t most_kept = 500'000;

  std::vector<class_tally> classes_;
  std::chrono::nanoseconds skip_;
  std::chrono::nanoseconds last_{};
  timeline over_time_;
  std::vector<outcome> outcomes_;
};

}  // namespace hawser::load
