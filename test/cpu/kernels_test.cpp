#include "cpu/kernels/sets.hpp"
#include "test/cpu/random_matrix.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numeric>
#include <string>

namespace {

using namespace hawser;
using cpu::kernel_set;

std::vector<float> normals(std::size_t n, unsigned seed, float deviation = 1.0f) {
  std::mt19937 chance(seed);
  std::normal_distribution<float> normal(0.0f, deviation);
  std::vector<float> out(n);
  for (float& x : out) x = normal(chance);
  return out;
}

/// Activations in both forms.
struct activations {
  activations(const kernel_set& set, std::size_t rows, std::uint32_t width, unsigned seed)
      : floats(normals(rows * width, seed)), values(rows * width), notes(rows * width / 32), columns(width) {
    for (std::size_t r = 0; r < rows; ++r)
      set.quantize(floats.data() + r * width, width / 32, values.data() + r * width,
                   notes.data() + r * width / 32, 1);
  }
  [[nodiscard]] cpu::activation_rows rows() const {
    return {values.data(), notes.data(), floats.data(), columns};
  }
  /// What the kernel reads: the quantized value for quantized weights.
  [[nodiscard]] double at(std::size_t i, bool quantized) const {
    return quantized ? double(values[i]) * double(notes[i / 32].scale) : double(floats[i]);
  }

  std::vector<float> floats;
  std::vector<std::int8_t> values;
  std::vector<cpu::group_note> notes;
  std::uint32_t columns;
};

BOOST_AUTO_TEST_SUITE(kernels)

BOOST_AUTO_TEST_CASE(products_are_those_of_double_precision) {
  for (const kernel_set& set : cpu::runnable_sets())
    for (const model::tensor_type type : test::all_types)
      for (const std::uint32_t rows : {1u, 16u, 39u})
        for (const std::uint32_t columns : {256u, 768u})
          for (const std::size_t tokens : {1u, 2u, 5u, 13u, 25u}) {
            const test::random_matrix m(type, rows, columns, rows + columns);
            const activations a(set, tokens, columns, 5);
            const std::size_t stride = m.packed.row_blocks * 16 + 3;
            std::vector<float> out(tokens * stride, 1.0f);
            set.product(m.packed, a.rows(), tokens, {out.data(), stride, true}, nullptr);
            double worst = 0;
            for (std::size_t t = 0; t < tokens; ++t)
              for (std::size_t r = 0; r < rows; ++r) {
                double sum = 1, size = 1e-3;
                for (std::size_t k = 0; k < columns; ++k) {
                  const double term = a.at(t * columns + k, !cpu::is_float(m.packed.format)) *
                                      double(m.values[r * columns + k]);
                  sum += term;
                  size += std::abs(term);
                }
                worst = std::max(worst, std::abs(sum - double(out[t * stride + r])) / size);
              }
            BOOST_TEST(worst < 1e-5, set.name << " " << model::name_of(type) << " " << rows << "x" << columns
                                              << "x" << tokens << ": " << worst);
            BOOST_TEST(out[stride - 1] == 1.0f);
          }
}

BOOST_AUTO_TEST_CASE(a_row_does_not_know_what_runs_beside_it) {
  for (const std::size_t tokens : {17u, 40u})
    for (const kernel_set& set : cpu::runnable_sets())
      for (const model::tensor_type type : test::all_types) {
        const test::random_matrix m(type, 80, 256, 3);
        const activations a(set, tokens, 256, 9);
        std::vector<float> together(tokens * 80), alone(80);
        set.product(m.packed, a.rows(), tokens, {together.data(), 80, false}, nullptr);
        for (std::size_t t = 0; t < tokens; ++t) {
          for (std::uint32_t b = 0; b < 5; ++b) {
            cpu::packed_view one = m.packed;
            one.data += b * cpu::row_block_bytes(one.format, one.columns);
            one.row_blocks = 1;
            set.product(one, a.rows().from(t), 1, {alone.data() + b * 16, 80, false}, nullptr);
          }
          BOOST_TEST(std::memcmp(alone.data(), together.data() + t * 80, 80 * sizeof(float)) == 0,
                     set.name << " " << model::name_of(type));
        }
      }
}

BOOST_AUTO_TEST_CASE(quantizing_keeps_within_half_a_step) {
  const auto x = normals(640, 1, 3.0f);
  for (const kernel_set& set : cpu::runnable_sets()) {
    std::vector<std::int8_t> q(640);
    std::vector<cpu::group_note> notes(20);
    set.quantize(x.data(), 20, q.data(), notes.data(), 1);
    for (std::size_t g = 0; g < 20; ++g) {
      int sum = 0, first = 0;
      for (std::size_t i = 0; i < 32; ++i) {
        const float back = notes[g].scale * static_cast<float>(q[g * 32 + i]);
        BOOST_TEST(std::abs(back - x[g * 32 + i]) <= notes[g].scale * 0.501f);
        sum += q[g * 32 + i];
        if (i < 16) first += q[g * 32 + i];
      }
      BOOST_TEST(notes[g].minus_sum == -sum);
      BOOST_TEST(notes[g].minus_first_sum == -first);
      BOOST_TEST(notes[g].scaled_sum == notes[g].scale * static_cast<float>(sum));
    }
  }
}

BOOST_AUTO_TEST_CASE(zeros_stay_zero_and_nan_reaches_the_scale) {
  for (const kernel_set& set : cpu::runnable_sets()) {
    std::vector<float> x(64, 0.0f);
    x[40] = NAN;
    std::vector<std::int8_t> q(64, 1);
    std::vector<cpu::group_note> notes(2);
    set.quantize(x.data(), 2, q.data(), notes.data(), 1);
    BOOST_TEST(notes[0].scale == 0.0f);
    BOOST_TEST(std::accumulate(q.begin(), q.begin() + 32, 0) == 0);
    BOOST_TEST(std::isnan(notes[1].scale));
    x[40] = -INFINITY;
    set.quantize(x.data(), 2, q.data(), notes.data(), 1);
    BOOST_TEST(std::isnan(notes[1].scale));
  }
}

BOOST_AUTO_TEST_CASE(norms_are_those_of_double_precision) {
  const auto x = normals(576, 2, 4.0f), w = normals(576, 3);
  double mean = 0;
  for (const float v : x) mean += double(v) * double(v) / 576;
  for (const kernel_set& set : cpu::runnable_sets()) {
    std::vector<float> out(576);
    set.rms_norm(x.data(), w.data(), 576, 1e-5f, out.data());
    for (std::size_t i = 0; i < 576; ++i) {
      const double want = double(x[i]) / std::sqrt(mean + 1e-5) * double(w[i]);
      BOOST_TEST(std::abs(double(out[i]) - want) <= 1e-5 * std::abs(want) + 1e-7);
    }
  }
}

BOOST_AUTO_TEST_CASE(gates_are_those_of_double_precision) {
  auto x = normals(480, 4, 5.0f);
  const auto up = normals(480, 5);
  x[0] = 200;
  x[1] = -200;
  x[2] = 0;
  for (const kernel_set& set : cpu::runnable_sets())
    for (const bool silu : {true, false}) {
      std::vector<float> out(480);
      set.gate(silu ? cpu::gate_kind::silu : cpu::gate_kind::gelu_tanh, x.data(), up.data(), 480, out.data());
      for (std::size_t i = 0; i < 480; ++i) {
        const double v = double(x[i]);
        const double inner = silu ? v : 2 * std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v);
        const double want = v / (1 + std::exp(-inner)) * double(up[i]);
        BOOST_TEST(std::abs(double(out[i]) - want) <= 2e-6 * (std::abs(want) + 1), set.name << " " << i);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_best_logit_is_the_first_of_the_largest) {
  for (const kernel_set& set : cpu::runnable_sets()) {
    auto x = normals(1003, 6);
    x[500] = x[70] = x[1001] = 9;
    x[3] = NAN;
    BOOST_TEST(set.best(x.data(), x.size()).id == 70);
    x[1002] = 10;
    BOOST_TEST(set.best(x.data(), x.size()).id == 1002);
    std::fill(x.begin(), x.end(), NAN);
    BOOST_TEST(set.best(x.data(), x.size()).id == -1);
  }
}

BOOST_AUTO_TEST_CASE(log_sums_are_those_of_double_precision) {
  for (const kernel_set& set : cpu::runnable_sets()) {
    auto x = normals(1003, 8, 20.0f);
    x[9] = -INFINITY;
    double sum = 0;
    for (const float v : x) sum += std::exp(double(v));
    BOOST_TEST(std::abs(double(set.log_sum_exp(x.data(), x.size())) - std::log(sum)) < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(soft_caps_are_those_of_double_precision) {
  for (const kernel_set& set : cpu::runnable_sets()) {
    const auto x = normals(64, 8, 40.0f);
    auto out = x;
    set.soft_cap(out.data(), 64, 30.0f);
    for (std::size_t i = 0; i < 64; ++i)
      BOOST_TEST(std::abs(double(out[i]) - 30 * std::tanh(double(x[i]) / 30)) < 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(a_set_is_chosen_by_name) {
  BOOST_TEST(cpu::choose_set("portable").value().name == "portable");
  BOOST_TEST(cpu::choose_set("").value().name == cpu::runnable_sets().front().name);
  const auto refused = cpu::choose_set("mmx");
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST(refused.error().what.find("portable") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
