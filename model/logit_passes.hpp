/// Passes over one row of logits [vocabulary]: each is linear, without allocation once `scratch` has grown.
/// Order among tokens everywhere: the larger value first, and among equals the lower id.
#pragma once

#include "model/token.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hawser::model {

using candidate = std::pair<float, token_id>;

/// The larger value, then the lower id.
[[nodiscard]] constexpr bool better(const candidate& a, const candidate& b) noexcept {
  return a.first > b.first || (a.first == b.first && a.second < b.second);
}

/// The first of the largest, or no_token when nothing is above -infinity. A NaN is never the largest.
[[nodiscard]] token_id arg_max(std::span<const float> row) noexcept;

/// NaN becomes -infinity and +infinity the largest float, so that differences stay numbers.
void make_finite_or_out(std::span<float> row) noexcept;

/// Tokens without their bit (i%32 of word i/32; a word that is missing has none) become -infinity.
void keep_allowed(std::span<float> row, std::span<const std::uint32_t> allowed) noexcept;

/// log(sum(exp(row))) in double; `row` has neither NaN nor +infinity.
[[nodiscard]] double log_sum_exp_of(std::span<const float> row) noexcept;

/// Leaves the `n` best of `row` in `scratch`, unordered; fewer when fewer are above -infinity.
void select_best(std::span<const float> row, std::size_t n, std::vector<candidate>& scratch);

/// Everything worse than `last` becomes `out`.
void keep_down_to(std::span<float> row, const candidate& last, float out) noexcept;

/// row[i] = exp((row[i] - largest) / temperature), in [0, 1], to a multiple of 2^-34. Returns their sum.
/// Sums of up to 2^19 such weights are exact in double, so they are the same in whatever order they are made:
/// on a device, too.
double to_weights(std::span<float> row, float largest, float temperature) noexcept;

/// Zeroes all but the smallest set of best weights whose sum is >= top_p * sum; at least one stays.
/// (Holtzman et al. 2020, "The curious case of neural text degeneration", section 3.1.)
void keep_nucleus(std::span<float> weights, double sum, float top_p, std::vector<candidate>& scratch);

/// Zeroes weights below min_p of the largest, which is 1. (Nguyen et al. 2024, "Min-p sampling", section 3.)
void keep_min_p(std::span<float> weights, float min_p) noexcept;

/// Inverse of the cumulative distribution in order of ids: the first token whose running sum exceeds `u` of
/// the whole. no_token when all weights are 0.
[[nodiscard]] token_id draw_from(std::span<const float> weights, double u) noexcept;

}  // namespace hawser::model
