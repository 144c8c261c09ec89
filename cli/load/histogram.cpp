#include "cli/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hawser::load {

std::size_t histogram::index_of(std::uint64_t us) noexcept {
  if (us < (1u << sub_bits)) return static_cast<std::size_t>(us);
  const auto exponent = static_cast<unsigned>(std::bit_width(us)) - 1;
  const unsigned shift = exponent - sub_bits;
  return (static_cast<std::size_t>(shift) << sub_bits) + static_cast<std::size_t>(us >> shift);
}

std::uint64_t histogram::low_of(std::size_t index) noexcept {
  if (index < (2u << sub_bits)) return index;
  const std::size_t shift = (index >> sub_bits) - 1;
  return static_cast<std::uint64_t>((index & ((1u << sub_bits) - 1)) + (1u << sub_bits)) << shift;
}

void histogram::record(std::chrono::nanoseconds value) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
  const std::uint64_t us = std::min<std::uint64_t>(
      static_cast<std::uint64_t>(std::max<std::int64_t>(whole, 0)), (std::uint64_t{1} << top_bit));
  if (counts_.empty()) counts_.resize(buckets);
  ++counts_[index_of(us)];
  ++count_;
  sum_ += us;
  min_ = std::min(min_, us);
  max_ = std::max(max_, us);
}

void histogram::merge(const histogram& other) {
  if (other.count_ == 0) return;
  if (counts_.empty()) counts_.resize(buckets);
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

std::chrono::microseconds histogram::percentile(double percent) const noexcept {
  if (count_ == 0) return {};
  const auto wanted = static_cast<std::uint64_t>(std::ceil(percent / 100.0 * static_cast<double>(count_)));
  const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen < rank) continue;
    const std::uint64_t low = low_of(i), high = low_of(i + 1);
    return std::chrono::microseconds(std::clamp(low + (high - low) / 2, min_, max_));
  }
  return max();
}

double histogram::share_within(std::chrono::nanoseconds limit) const noexcept {
  if (count_ == 0) return 0.0;
  const auto us = static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(limit).count(), 0));
  const std::size_t last = std::min(index_of(std::min(us, std::uint64_t{1} << top_bit)), buckets - 1);
  std::uint64_t within = 0;
  for (std::size_t i = 0; i <= last; ++i) within += counts_[i];
  return static_cast<double>(within) / static_cast<double>(count_);
}

std::vector<histogram::bar> histogram::bars(unsigned per_octave) const {
  std::vector<bar> made;
  if (count_ == 0) return made;
  const std::size_t join = (std::size_t{1} << sub_bits) / per_octave;
  for (std::size_t i = 0; i < buckets; i += join) {
    std::uint64_t sum = 0;
    for (std::size_t k = i; k < i + join; ++k) sum += counts_[k];
    if (sum > 0) made.push_back({low_of(i), low_of(i + join), sum});
  }
  return made;
}

}  // namespace hawser::load
