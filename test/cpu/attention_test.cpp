#include "cpu/kernels/sets.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace {

using namespace hawser;

/// One head's history in pages that lie in reverse order, with stale NaN in all that was not written.
struct history {
  history(const cpu::kernel_set& kernels, cpu::kv_type t, std::uint32_t head_dim, std::uint32_t page,
          std::uint32_t n)
      : set(kernels), type(t), dim(head_dim), length(n), keys(n * head_dim), values(n * head_dim) {
    const std::uint32_t padded = (dim + 15) / 16 * 16;
    const std::uint32_t pages = (n + page - 1) / page;
    for (std::uint32_t p = 0; p < pages; ++p) table.push_back(pages - 1 - p);
    const std::size_t half = cpu::kv_half_bytes(type, padded, page);
    pool.assign(pages * half * 2, std::byte{0xff});
    view = {pool.data(), half * 2, half, table.data(), page, padded};
    // Padded dimensions are never written after a page is made, and a pool is zero when it is made.
    if (padded != dim) std::fill(pool.begin(), pool.end(), std::byte{0});
    std::mt19937 chance(n + head_dim);
    std::normal_distribution<float> normal;
    for (float& x : keys) x = normal(chance);
    for (float& x : values) x = normal(chance);
    // Alone and in pairs, by turns.
    for (std::uint32_t p = 0; p < n;) {
      const cpu::kv_row rows[] = {row(p), row(p + 1 < n ? p + 1 : p)};
      const std::size_t count = p % 4 == 0 && p + 1 < n ? 2 : 1;
      set.store_kv[static_cast<int>(type)](view, p, rows, count, dim);
      p += static_cast<std::uint32_t>(count);
    }
  }

  [[nodiscard]] cpu::kv_row row(std::uint32_t p) const {
    return {keys.data() + p * dim, values.data() + p * dim};
  }

  /// Queries at `positions`, together in one call.
  std::vector<float> attend(const std::vector<std::uint32_t>& positions, std::uint32_t window, float cap) {
    std::vector<float> queries(positions.size() * dim), out(positions.size() * dim);
    cpu::attention_job job;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const auto q = query(positions[i]);
      std::memcpy(queries.data() + i * dim, q.data(), dim * sizeof(float));
      if (cap == 0)
        for (std::uint32_t d = 0; d < dim; ++d) queries[i * dim + d] *= 1.4426950408889634f;
      job.queries[i] = queries.data() + i * dim;
      job.outputs[i] = out.data() + i * dim;
      job.positions[i] = positions[i];
    }
    job.count = static_cast<std::uint32_t>(positions.size());
    job.window = window;
    job.head_dim = dim;
    job.soft_cap = cap;
    job.kv = view;
    std::vector<std::byte> scratch(cpu::attention_scratch(type, view.head_dim, view.page_tokens));
    set.attend[static_cast<int>(type)](job, scratch.data());
    return out;
  }

  [[nodiscard]] std::vector<float> query(std::uint32_t position) const {
    std::mt19937 chance(position);
    std::normal_distribution<float> normal(0.0f, 1.0f / std::sqrt(static_cast<float>(dim)));
    std::vector<float> q(dim);
    for (float& x : q) x = 2 * normal(chance);
    return q;
  }

  [[nodiscard]] std::vector<double> reference(std::uint32_t position, std::uint32_t window,
                                              double cap) const {
    const auto q = query(position);
    std::vector<double> out(dim, 0.0);
    double sum = 0;
    const std::uint32_t first = window != 0 && position >= window ? position - window + 1 : 0;
    for (std::uint32_t p = first; p <= position; ++p) {
      double score = 0;
      for (std::uint32_t d = 0; d < dim; ++d) score += double(q[d]) * double(keys[p * dim + d]);
      if (cap != 0) score = cap * std::tanh(score / cap);
      const double weight = std::exp(score);
      sum += weight;
      for (std::uint32_t d = 0; d < dim; ++d) out[d] += weight * double(values[p * dim + d]);
    }
    for (double& x : out) x /= sum;
    return out;
  }

  const cpu::kernel_set& set;
  cpu::kv_type type;
  std::uint32_t dim, length;
  std::vector<float> keys, values;
  std::vector<std::uint32_t> table;
  std::vector<std::byte> pool;
  cpu::kv_view view;
};

struct shape {
  std::uint32_t dim, page, length, window;
  float cap;
};

constexpr shape shapes[] = {{64, 32, 1, 0, 0},  {64, 32, 100, 0, 0},  {256, 32, 67, 20, 0},
                            {80, 16, 45, 0, 0}, {128, 64, 130, 0, 0}, {16, 32, 200, 33, 0},
                            {96, 32, 64, 0, 5}, {20, 16, 50, 7, 0}};

/// Values are of about 1, the largest of 32 below 4: half a step of 8 bits is 0.016, in keys and in values.
double tolerance(cpu::kv_type type) {
  if (type == cpu::kv_type::q8_0) return 0.04;
  return type == cpu::kv_type::bf16 ? 0.02 : 0.003;
}

template <class Body>
void each_case(Body body) {
  const auto sets = cpu::runnable_sets();
  for (const auto& set : sets)
    for (const auto type : {cpu::kv_type::bf16, cpu::kv_type::f16, cpu::kv_type::q8_0})
      for (const shape& s : shapes) {
        BOOST_TEST_INFO_SCOPE(set.name << " type " << static_cast<int>(type) << " dim " << s.dim << " length "
                                       << s.length);
        history h(set, type, s.dim, s.page, s.length);
        body(h, s);
      }
}

BOOST_AUTO_TEST_SUITE(attention)

BOOST_AUTO_TEST_CASE(it_is_that_of_double_precision) {
  each_case([](history& h, const shape& s) {
    std::vector<std::uint32_t> positions;
    for (std::uint32_t p = s.length > 11 ? s.length - 11 : 0; p < s.length; ++p) positions.push_back(p);
    const auto out = h.attend(positions, s.window, s.cap);
    double worst = 0;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const auto want = h.reference(positions[i], s.window, double(s.cap));
      for (std::uint32_t d = 0; d < s.dim; ++d)
        worst = std::max(worst, std::abs(want[d] - double(out[i * s.dim + d])));
    }
    BOOST_TEST(worst < tolerance(h.type));
  });
}

BOOST_AUTO_TEST_CASE(a_query_does_not_know_what_runs_beside_it) {
  each_case([](history& h, const shape& s) {
    std::vector<std::uint32_t> positions;
    for (std::uint32_t p = 0; p < s.length && positions.size() < cpu::attention_rows; p += 1 + s.length / 40)
      positions.push_back(p);
    const auto together = h.attend(positions, s.window, s.cap);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const auto alone = h.attend({positions[i]}, s.window, s.cap);
      BOOST_TEST(std::memcmp(alone.data(), together.data() + i * s.dim, s.dim * sizeof(float)) == 0);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
