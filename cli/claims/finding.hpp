/// What a claim of the field guide says, and what was found here.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::cli {

/// One line of the comparison.
struct finding {
  std::string what;  ///< what is compared
  double ours = 0;
  double guide = 0;
  bool at_least = true;  ///< else at most
  std::string unit;      ///< "x", "ms", "%"
  std::string detail;    ///< the figures behind it

  [[nodiscard]] bool passes() const noexcept { return at_least ? ours >= guide : ours <= guide; }
};

/// The finding as JSON, with the names that its bench has for `what` and `guide`.
[[nodiscard]] boost::json::object json_of(const finding& of, std::string_view what, std::string_view guide);

/// What every claim is measured with.
struct claim_setting {
  std::string model;         ///< SmolLM2, or what was named
  std::string window_model;  ///< one with sliding-window layers: Gemma 3
  bool smoke = false;        ///< short: shows that it runs, the figures mean nothing

  /// Times that each side is measured, in turns; the median counts.
  [[nodiscard]] std::uint32_t rounds() const noexcept { return smoke ? 1 : 3; }
  template <class Value>
  [[nodiscard]] Value either(Value full, Value short_one) const noexcept {
    return smoke ? short_one : full;
  }
};

/// May throw failure.
struct claim {
  std::string_view name;   ///< for --only
  std::string_view title;  ///< the guide's words
  std::vector<finding> (*measure)(const claim_setting& with);
};

/// The middle one; of an even number the higher of the two. `values` is not empty.
[[nodiscard]] double median_of(std::vector<double> values);

// In the order of the guide's table; one file each, or one for a few that share their set-up.
[[nodiscard]] std::vector<finding> measure_dynamic_batching(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_static_batching(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_reuse(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_window(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_paging(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_priorities(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_warm_up(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_cache(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_batch_and_reuse(const claim_setting& with);
[[nodiscard]] std::vector<finding> measure_predict(const claim_setting& with);

}  // namespace hawser::cli
