/// Latencies in buckets of equal relative width.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::load {

/// Counts whole microseconds. Below 64 us each has its own bucket; above, each octave has 64, so a bucket is
/// at most 1/64 of its value wide and its middle at most 1/128 (0.8 %) off. Minimum, maximum and mean are
/// exact. Values above 2^40 us (12 days) count as that. Recording is O(1) and allocates nothing after the
/// first.
class histogram {
 public:
  static constexpr double relative_error = 1.0 / 128;

  void record(std::chrono::nanoseconds value);
  void merge(const histogram& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::chrono::microseconds min() const noexcept {
    return std::chrono::microseconds(count_ == 0 ? 0 : min_);
  }
  [[nodiscard]] std::chrono::microseconds max() const noexcept { return std::chrono::microseconds(max_); }
  [[nodiscard]] double mean_us() const noexcept {
    return count_ == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  /// The smallest value that at least `percent` of all are not above; 0 when there are none.
  [[nodiscard]] std::chrono::microseconds percentile(double percent) const noexcept;
  /// The share, 0 to 1, of values that are certainly or probably at most `limit` (to a bucket's width).
  [[nodiscard]] double share_within(std::chrono::nanoseconds limit) const noexcept;

  struct bar {
    std::uint64_t low_us;   ///< inclusive
    std::uint64_t high_us;  ///< exclusive
    std::uint64_t count;
  };
  /// The buckets that are not empty, joined to `per_octave` (1 to 64, a power of two) an octave.
  [[nodiscard]] std::vector<bar> bars(unsigned per_octave) const;

 private:
  static constexpr unsigned sub_bits = 6;
  static constexpr unsigned top_bit = 40;
  static constexpr std::size_t buckets = (top_bit - sub_bits + 2) << sub_bits;

  [[nodiscard]] static std::size_t index_of(std::uint64_t us) noexcept;
  [[nodiscard]] static std::uint64_t low_of(std::size_t index) noexcept;

  std::vector<std::uint64_t> counts_;  // [buckets], or empty before the first value
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;  // us
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
};

}  // namespace hawser::load
