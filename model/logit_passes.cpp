#include "model/logit_passes.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace hawser::model {

namespace {

constexpr float out_of_reach = -std::numeric_limits<float>::infinity();
// Fixed inner loops of this length let the compiler use vectors without being told that sums may be
// reordered.
constexpr std::size_t lanes = 16;
constexpr std::size_t block = 1024;

/// Not NaN-preserving: a NaN is skipped.
float max_of(std::span<const float> row) noexcept {
  std::array<float, lanes> best;
  best.fill(out_of_reach);
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) best[l] = row[i + l] > best[l] ? row[i + l] : best[l];
  }
  float largest = out_of_reach;
  for (const float x : best) largest = x > largest ? x : largest;
  for (; i < row.size(); ++i) largest = row[i] > largest ? row[i] : largest;
  return largest;
}

double sum_of(std::span<const float> row) noexcept {
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) sums[l] += static_cast<double>(row[i + l]);
  }
  double sum = 0;
  for (const double s : sums) sum += s;
  for (; i < row.size(); ++i) sum += static_cast<double>(row[i]);
  return sum;
}

/// e^x for x <= 0, relative error below 2e-7, exactly 1 at 0, and 0 below -87 and for NaN. No branch: it must
/// vectorize. Range reduction by ln 2 in two parts and the polynomial of Cephes' expf.
inline float exp_of_negative(float x) noexcept {
  const bool live = x >= -87.0f;
  const float y = live ? x : 0.0f;
  constexpr float to_integer = 12582912.0f;  // 1.5 * 2^23: adding it rounds to the nearest integer
  const float shifted = y * 1.44269504f + to_integer;
  const float n = shifted - to_integer;
  const float r = (y - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const auto exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(to_integer) + 127;
  const float scale = std::bit_cast<float>(exponent * (1 << 23));
  return live ? p * scale : 0.0f;
}

/// A weight in [0, 1] to the nearest multiple of 2^-34; those from 2^-11 on are multiples already.
inline float to_unit(float weight) noexcept {
  constexpr float floats_of_the_unit = 0x1p-11f;  // those of [2^-11, 2^-10) are 2^-34 apart
  const float rounded = (weight + floats_of_the_unit) - floats_of_the_unit;
  return weight < floats_of_the_unit ? rounded : weight;
}

}  // namespace

token_id arg_max(std::span<const float> row) noexcept {
  float largest = out_of_reach;
  std::size_t where = 0;
  for (std::size_t i = 0; i < row.size(); i += block) {
    const float m = max_of(row.subspan(i, std::min(block, row.size() - i)));
    if (m > largest) {
      largest = m;
      where = i;
    }
  }
  if (largest == out_of_reach) return no_token;
  while (!(row[where] == largest)) ++where;
  return static_cast<token_id>(where);
}

void make_finite_or_out(std::span<float> row) noexcept {
  constexpr float top = std::numeric_limits<float>::max();
  for (float& x : row) {
    const float low = x > out_of_reach ? x : out_of_reach;  // false for NaN
    x = low < top ? low : top;
  }
}

void keep_allowed(std::span<float> row, std::span<const std::uint32_t> allowed) noexcept {
  for (std::size_t i = 0; i < row.size(); i += 32) {
    const std::uint32_t word = i / 32 < allowed.size() ? allowed[i / 32] : 0;
    if (word == ~std::uint32_t{0}) continue;
    const std::size_t n = std::min<std::size_t>(32, row.size() - i);
    for (std::size_t bit = 0; bit < n; ++bit)
      row[i + bit] = (word >> bit & 1u) != 0 ? row[i + bit] : out_of_reach;
  }
}

double log_sum_exp_of(std::span<const float> row) noexcept {
  const float largest = max_of(row);
  if (largest == out_of_reach) return -std::numeric_limits<double>::infinity();
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l)
      sums[l] += static_cast<double>(exp_of_negative(row[i + l] - largest));
  }
  double sum = 0;
  for (const double s : sums) sum += s;
  for (; i < row.size(); ++i) sum += static_cast<double>(exp_of_negative(row[i] - largest));
  return static_cast<double>(largest) + std::log(sum);
}

void select_best(std::span<const float> row, std::size_t n, std::vector<candidate>& scratch) {
  scratch.clear();
  if (n == 0) return;
  // The buffer is cut back to the n best each time it is full: amortized constant work a token. Ids only
  // rise, so what equals the worst of n kept ones cannot enter.
  const std::size_t room = std::min(row.size(), std::max<std::size_t>(2 * n, block));
  if (scratch.capacity() < room) scratch.reserve(room);
  float floor = out_of_reach;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!(row[i] > floor)) continue;
    scratch.emplace_back(row[i], static_cast<token_id>(i));
    if (scratch.size() < room || room <= n) continue;
    std::nth_element(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(n - 1), scratch.end(),
                     better);
    scratch.resize(n);
    floor = scratch.back().first;
  }
  if (scratch.size() <= n) return;
  std::nth_element(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(n - 1), scratch.end(),
                   better);
  scratch.resize(n);
}

void keep_down_to(std::span<float> row, const candidate& last, float out) noexcept {
  const auto split = std::min(row.size(), static_cast<std::size_t>(last.second) + 1);
  for (float& x : row.first(split)) x = x >= last.first ? x : out;
  for (float& x : row.subspan(split)) x = x > last.first ? x : out;
}

double to_weights(std::span<float> row, float largest, float temperature) noexcept {
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t l = 0; l < lanes; ++l) {
      row[i + l] = to_unit(exp_of_negative((row[i + l] - largest) / temperature));
      sums[l] += static_cast<double>(row[i + l]);
    }
  }
  double sum = 0;
  for (const double s : sums) sum += s;
  for (; i < row.size(); ++i) {
    row[i] = to_unit(exp_of_negative((row[i] - largest) / temperature));
    sum += static_cast<double>(row[i]);
  }
  return sum;
}

void keep_nucleus(std::span<float> weights, double sum, float top_p, std::vector<candidate>& scratch) {
  const double wanted = std::max(0.0, static_cast<double>(top_p)) * sum;
  // What is lighter than this weighs less than the part that may be cut even if every token were: it cannot
  // be needed.
  const double spare = std::max(0.0, sum - wanted) / static_cast<double>(weights.size());
  const auto floor = static_cast<float>(spare * 0.999);
  scratch.clear();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] >= floor && weights[i] > 0) scratch.emplace_back(weights[i], static_cast<token_id>(i));
  }
  if (scratch.empty()) return;
  double left = wanted;
  auto first = scratch.begin();
  auto last = scratch.end();
  while (last - first > 1) {  // halves each time: linear in all
    const auto middle = first + (last - first) / 2;
    std::nth_element(first, middle, last, better);
    double mass = 0;
    for (auto it = first; it != middle; ++it) mass += static_cast<double>(it->first);
    if (mass >= left) {
      last = middle;
    } else {
      left -= mass;
      first = middle;
    }
  }
  keep_down_to(weights, *first, 0.0f);
}

void keep_min_p(std::span<float> weights, float min_p) noexcept {
  const float floor = std::min(min_p, 1.0f);
  for (float& w : weights) w = w >= floor ? w : 0.0f;
}

token_id draw_from(std::span<const float> weights, double u) noexcept {
  const double target = u * sum_of(weights);
  double before = 0;
  token_id last = no_token;
  for (std::size_t i = 0; i < weights.size(); i += block) {
    const auto part = weights.subspan(i, std::min(block, weights.size() - i));
    const double mass = sum_of(part);
    if (mass == 0) continue;
    if (before + mass <= target) {
      // Rounding can leave the target just past the end: remember the last token that has weight.
      std::size_t k = part.size();
      while (!(part[k - 1] > 0)) --k;
      last = static_cast<token_id>(i + k - 1);
      before += mass;
      continue;
    }
    for (std::size_t k = 0; k < part.size(); ++k) {
      if (!(part[k] > 0)) continue;
      last = static_cast<token_id>(i + k);
      before += static_cast<double>(part[k]);
      if (before > target) return last;
    }
  }
  return last;
}

}  // namespace hawser::model
