#include "gpu/kernels/arguments.hpp"
#include "model/tensor.hpp"
#include "test/gpu/draw_checks.hpp"
#include "test/gpu/kernel_bench.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace hawser::test {
namespace {

namespace kernels = gpu::kernels;
using model::tensor_type;

struct named_type {
  tensor_type type;
  const char* name;
};
constexpr named_type types[] = {
    {tensor_type::f32, "f32"},   {tensor_type::f16, "f16"},   {tensor_type::bf16, "bf16"},
    {tensor_type::q8_0, "q8_0"}, {tensor_type::q4_0, "q4_0"}, {tensor_type::q4_1, "q4_1"},
    {tensor_type::q5_0, "q5_0"}, {tensor_type::q5_1, "q5_1"}, {tensor_type::q4_k, "q4_k"},
    {tensor_type::q5_k, "q5_k"}, {tensor_type::q6_k, "q6_k"}};

bool is_quantized(tensor_type t) {
  return t != tensor_type::f32 && t != tensor_type::f16 && t != tensor_type::bf16;
}

/// A random matrix as a file holds it, and its values.
struct matrix {
  matrix(tensor_type type, int rows, int width, std::uint64_t seed) : columns(width) {
    const auto from = numbers(seed).normal(static_cast<std::size_t>(rows * columns), 0.5f);
    const auto shape = model::shape_of(type);
    row_bytes = static_cast<std::size_t>(columns) / shape.values * shape.bytes;
    bytes.resize(row_bytes * static_cast<std::size_t>(rows));
    model::quantize(type, from, std::as_writable_bytes(std::span(bytes))).value();
    values.resize(from.size());
    model::dequantize(type, std::as_bytes(std::span(bytes)), values);
  }
  float at(int row, int column) const { return values[static_cast<std::size_t>(row * columns + column)]; }

  int columns;
  std::size_t row_bytes = 0;
  std::vector<std::uint8_t> bytes;
  std::vector<float> values;
};

/// Rows in 8 bits, with their memory.
struct eight_bits {
  eight_bits(int rows, int columns)
      : values(static_cast<std::size_t>(rows * columns), 99),
        scales(values.size() / kernels::group_values, -1.0f), sums(scales.size(), -1.0f) {}
  kernels::quantized_rows view() { return {values.data(), scales.data(), sums.data()}; }
  double value(std::size_t i) const {
    return double(scales[i / kernels::group_values]) * static_cast<double>(values[i]);
  }
  std::vector<std::int8_t> values;
  std::vector<float> scales, sums;
};

unsigned blocks(int n) {
  return static_cast<unsigned>(n);
}

double from_bf16(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float x = 0;
  std::copy_n(reinterpret_cast<const char*>(&wide), sizeof x, reinterpret_cast<char*>(&x));
  return double(x);
}

std::uint16_t to_bf16(float x) {
  std::uint32_t bits = 0;
  std::copy_n(reinterpret_cast<const char*>(&x), sizeof x, reinterpret_cast<char*>(&bits));
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

finding gathered_rows_are_the_files() {
  constexpr int vocabulary = 5, width = 512;
  for (const named_type& t : types) {
    const matrix table(t.type, vocabulary, width, 1);
    const std::vector<int> tokens{4, 0, 2};
    std::vector<float> out(tokens.size() * width, NAN);
    run_kernel(std::string("hawser_gather_") + t.name, {3, 1, 1}, kernels::row_threads, tokens.data(),
               table.bytes.data(), table.row_bytes, width, 2.0f, out.data());
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!(out[i] == 2.0f * table.at(tokens[i / width], static_cast<int>(i % width))))
        return std::string(t.name) + ": value " + std::to_string(i) + " is another than the file's";
  }
  return {};
}

finding dequantized_rows_are_the_files() {
  constexpr int rows = 3, columns = 512;
  for (const named_type& t : types) {
    const matrix w(t.type, rows, columns, 2);
    std::vector<kernels::bf16> out(rows * columns, {0x7fff});
    run_kernel(std::string("hawser_dequantize_") + t.name, {rows, 1, 1}, kernels::row_threads, w.bytes.data(),
               w.row_bytes, columns, out.data());
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!(from_bf16(out[i].bits) == from_bf16(to_bf16(w.values[i]))))
        return std::string(t.name) + " is not rounded from its value";
  }
  return {};
}

/// One product of both forms; they must agree bit for bit, and with the reference closely.
finding check_product(const named_type& t, int rows, bool add) {
  constexpr int outputs = 7, inputs = 1536;
  const matrix w(t.type, outputs, inputs, 3);
  const auto x = numbers(4).normal(static_cast<std::size_t>(rows * inputs));
  eight_bits q(rows, inputs);
  run_kernel("hawser_quantize", {blocks(rows), 1, 1}, kernels::row_threads, x.data(), inputs, q.view());
  std::vector<float> narrow(static_cast<std::size_t>(rows * outputs), add ? 1.0f : NAN), wide = narrow;
  const auto job = [&](std::vector<float>& out) {
    return kernels::product_job{w.bytes.data(), w.row_bytes, outputs, inputs, rows, add, out.data(), outputs};
  };
  constexpr unsigned across = (outputs + kernels::product_warps - 1) / kernels::product_warps;
  run_kernel(std::string("hawser_product_") + t.name, {across, blocks(rows), 1}, kernels::product_threads,
             job(narrow), x.data(), q.view());
  run_kernel(std::string("hawser_product_wide_") + t.name,
             {across, blocks((rows + kernels::wide_rows - 1) / kernels::wide_rows), 1},
             kernels::product_threads, job(wide), x.data(), q.view());
  worst_difference off;
  for (int r = 0; r < rows; ++r) {
    for (int n = 0; n < outputs; ++n) {
      double sum = add ? 1.0 : 0.0, size = 0.0;
      for (int k = 0; k < inputs; ++k) {
        const auto at = static_cast<std::size_t>(r * inputs + k);
        const double p = double(w.at(n, k)) * (is_quantized(t.type) ? q.value(at) : double(x[at]));
        sum += p;
        size += std::abs(p);
      }
      const auto at = static_cast<std::size_t>(r * outputs + n);
      if (!(narrow[at] == wide[at])) return std::string(t.name) + ": the two forms differ";
      off.see(std::abs(sum - double(narrow[at])) / size);
    }
  }
  return off.over(1e-6, std::string(t.name) + " with " + std::to_string(rows) + " rows");
}

finding products_are_sums() {
  for (const named_type& t : types)
    for (const int rows : {1, 3, 9})
      if (const finding f = check_product(t, rows, rows == 3); !f.empty()) return f;
  return {};
}

finding eight_bits_are_near() {
  constexpr int n = 96;
  auto x = numbers(5).normal(2 * n, 3.0f);
  std::fill_n(x.begin() + 32, 32, 0.0f);
  x[n] = NAN;
  x[n + 40] = std::numeric_limits<float>::infinity();
  eight_bits q(2, n);
  run_kernel("hawser_quantize", {2, 1, 1}, kernels::row_threads, x.data(), n, q.view());
  for (std::size_t g = 0; g < q.scales.size(); ++g) {
    const bool finite = g != 3 && g != 4;
    if (finite == std::isnan(q.scales[g]))
      return "what is no number must show in the scale, and nowhere else";
    if (!finite) continue;
    double sum = 0;
    for (std::size_t i = g * 32; i < g * 32 + 32; ++i) {
      sum += q.value(i);
      if (!(std::abs(q.value(i) - double(x[i])) <= double(q.scales[g]) * 0.5001))
        return "a value is rounded badly";
    }
    if (!(std::abs(sum - double(q.sums[g])) <= 1e-5)) return "a group's sum is not its values'";
  }
  return q.scales[1] == 0.0f ? finding() : "a group of zeros has a scale";
}

std::vector<double> norm_of(std::span<const double> x, std::span<const float> weight, double epsilon) {
  double squares = 0;
  for (const double v : x) squares += v * v;
  const double factor = 1.0 / std::sqrt(squares / static_cast<double>(x.size()) + epsilon);
  std::vector<double> made;
  for (std::size_t i = 0; i < x.size(); ++i) made.push_back(x[i] * factor * double(weight[i]));
  return made;
}

finding norms_are_norms() {
  constexpr int n = 576, rows = 4;
  constexpr float epsilon = 1e-5f;
  numbers r(6);
  const auto weight = r.normal(n), post = r.normal(n), branch = r.normal(rows * n);
  const auto before = r.normal(rows * n, 4.0f);
  const std::vector<int> order{2, 0, 3};
  for (const bool with_branch : {false, true}) {
    auto residual = before;
    std::vector<float> normed(3 * n, NAN);
    eight_bits q(3, n);
    run_kernel("hawser_norm", {3, 1, 1}, kernels::row_threads, residual.data(),
               with_branch ? branch.data() : static_cast<const float*>(nullptr), post.data(), weight.data(),
               epsilon, n, order.data(), normed.data(), q.view());
    worst_difference off, rounding;
    for (std::size_t row = 0; row < 3; ++row) {
      const auto from = static_cast<std::size_t>(order[row]) * n;
      std::vector<double> x(before.begin() + static_cast<std::ptrdiff_t>(from),
                            before.begin() + static_cast<std::ptrdiff_t>(from + n));
      if (with_branch) {
        const std::vector<double> b(branch.begin() + static_cast<std::ptrdiff_t>(from),
                                    branch.begin() + static_cast<std::ptrdiff_t>(from + n));
        const auto added = norm_of(b, post, double(epsilon));
        for (std::size_t i = 0; i < n; ++i) x[i] += added[i];
      }
      const auto expected = norm_of(x, weight, double(epsilon));
      for (std::size_t i = 0; i < n; ++i) {
        off.see(std::abs(expected[i] - double(normed[row * n + i])));
        off.see(std::abs(x[i] - double(residual[from + i])));
        rounding.see(std::abs(q.value(row * n + i) - double(normed[row * n + i])) /
                     double(q.scales[(row * n + i) / 32]));
      }
    }
    if (const finding f = off.over(2e-5, "a norm"); !f.empty()) return f;
    if (const finding f = rounding.over(0.5001, "a norm in 8 bits"); !f.empty()) return f;
    // A row that nobody asked for stays as it is.
    if (!std::equal(before.begin() + n, before.begin() + 2 * n, residual.begin() + n))
      return "row 1 was touched";
  }
  auto residual = before;
  run_kernel("hawser_add_norm", {rows, 1, 1}, kernels::row_threads, residual.data(), branch.data(),
             post.data(), epsilon, n);
  worst_difference off;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<double> b(branch.begin() + static_cast<std::ptrdiff_t>(row * n),
                                branch.begin() + static_cast<std::ptrdiff_t>(row * n + n));
    const auto added = norm_of(b, post, double(epsilon));
    for (std::size_t i = 0; i < n; ++i)
      off.see(std::abs(double(before[row * n + i]) + added[i] - double(residual[row * n + i])));
  }
  return off.over(2e-5, "the last addition");
}

finding activations_are_activations() {
  constexpr int n = 96, rows = 3;
  const auto pairs = numbers(7).normal(2 * n * rows, 3.0f);
  for (const int gelu : {0, 1}) {
    std::vector<float> out(n * rows, NAN);
    eight_bits q(rows, n);
    run_kernel("hawser_activate", {rows, 1, 1}, kernels::row_threads, pairs.data(), n, gelu, out.data(),
               q.view());
    worst_difference off, rounding;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t row = i / n, column = i % n;
      const double g = double(pairs[row * 2 * n + column]), u = double(pairs[row * 2 * n + n + column]);
      const double inner = std::sqrt(2 / 3.14159265358979323846) * (g + 0.044715 * g * g * g);
      const double act = gelu != 0 ? 0.5 * g * (1 + std::tanh(inner)) : g / (1 + std::exp(-g));
      off.see(std::abs(act * u - double(out[i])) / (1 + std::abs(act * u)));
      rounding.see(std::abs(q.value(i) - double(out[i])) / double(q.scales[i / 32]));
    }
    if (const finding f = off.over(1e-6, gelu != 0 ? "gelu" : "silu"); !f.empty()) return f;
    if (const finding f = rounding.over(0.5001, "an activation in 8 bits"); !f.empty()) return f;
  }
  auto capped = pairs;
  run_kernel("hawser_soft_cap", {2, 1, 1}, kernels::row_threads, capped.data(), std::size_t{2 * n}, n, 2.0f);
  worst_difference off;
  for (std::size_t i = 0; i < 4 * n; ++i) {
    const double x = double(pairs[i]);
    off.see(std::abs((i % (2 * n) < n ? 2 * std::tanh(x / 2) : x) - double(capped[i])));
  }
  return off.over(1e-6, "the soft cap");
}

finding the_best_is_the_first_of_the_largest() {
  constexpr int n = 1000, rows = 4, stride = 1024;
  auto logits = numbers(8).normal(rows * stride);
  logits[700] = logits[123] = 50.0f;  // equals: the lower id
  logits[stride + 5] = NAN;
  logits[stride + 999] = 60.0f;
  logits[stride + 1000] = 99.0f;  // beyond the vocabulary
  std::fill_n(logits.begin() + 2 * stride, stride, NAN);
  std::fill_n(logits.begin() + 3 * stride, stride, -std::numeric_limits<float>::infinity());
  std::vector<int> best(rows, -7);
  run_kernel("hawser_best", {rows, 1, 1}, kernels::row_threads, logits.data(), std::size_t{stride}, n,
             best.data());
  return best == std::vector<int>{123, 999, -1, 0} ? finding() : "another token is taken for the best";
}

/// Pages of one layer, in shuffled order, and tables of several sequences.
struct page_bench {
  static constexpr int tokens = 16, layers = 2, most_pages = 6;

  page_bench(int kv_heads, int head_dim, int sequences)
      : heads(kv_heads), dim(head_dim),
        page_bytes(std::size_t{layers} * 2 * static_cast<std::size_t>(kv_heads * tokens * head_dim) * 2),
        memory(page_bytes * static_cast<std::size_t>(sequences * most_pages), 0xff) {
    for (int p = 0; p < sequences * most_pages; ++p) tables.push_back(p);
    std::shuffle(tables.begin(), tables.end(), std::mt19937_64(9));
  }
  kernels::page_view view() {
    // The second layer, so that a page's stride is not the layer's.
    return {memory.data() + page_bytes / layers, page_bytes, heads, tokens, dim};
  }
  std::uint16_t* at(int sequence, int head, int position, bool value) {
    const auto page =
        static_cast<std::size_t>(tables[static_cast<std::size_t>(sequence * most_pages + position / tokens)]);
    auto* const base =
        reinterpret_cast<std::uint16_t*>(memory.data() + page * page_bytes + page_bytes / layers);
    const int half = value ? heads * tokens * dim : 0;
    return base + half + (head * tokens + position % tokens) * dim;
  }
  int heads, dim;
  std::size_t page_bytes;
  std::vector<std::uint8_t> memory;
  std::vector<int> tables;
};

struct head_shape {
  int heads, kv_heads, dim, turned;
  bool neighbours, bias, norm;
};

finding check_heads(const head_shape& s) {
  constexpr int rows = 3;
  const std::vector<int> position{0, 17, 90}, sequence{1, 0, 1};
  page_bench pages(s.kv_heads, s.dim, 2);
  const int columns = (s.heads + 2 * s.kv_heads) * s.dim;
  numbers r(10);
  const auto before = r.normal(static_cast<std::size_t>(rows * columns));
  const auto bias = r.normal(static_cast<std::size_t>(columns)),
             norm = r.normal(static_cast<std::size_t>(s.dim));
  std::vector<double> frequencies;
  for (int i = 0; i < s.turned / 2; ++i) frequencies.push_back(std::pow(10000.0, -2.0 * i / s.turned));
  std::vector<double> half_turns;
  for (const double f : frequencies) half_turns.push_back(f / 3.14159265358979323846);
  std::vector<float> turns(static_cast<std::size_t>(rows * 2 * s.turned), NAN);
  run_kernel("hawser_turns", {rows, 1, 1}, kernels::turn_threads, position.data(), half_turns.data(),
             s.turned / 2, static_cast<int>(s.neighbours), turns.data());
  auto qkv = before;
  const float* const b = s.bias ? bias.data() : nullptr;
  const float* const w = s.norm ? norm.data() : nullptr;
  const kernels::head_job job{qkv.data(),
                              static_cast<std::size_t>(columns),
                              s.heads,
                              b,
                              s.bias ? b + s.heads * s.dim : nullptr,
                              s.bias ? b + (s.heads + s.kv_heads) * s.dim : nullptr,
                              w,
                              w,
                              1e-6f,
                              turns.data(),
                              s.turned,
                              s.neighbours,
                              0.125f};
  const kernels::row_places where{position.data(), sequence.data(), pages.tables.data(),
                                  page_bench::most_pages};
  run_kernel("hawser_place_heads", {static_cast<unsigned>(s.heads + 2 * s.kv_heads), rows, 1},
             kernels::warp_lanes, job, where, pages.view());
  worst_difference off, stored;
  for (int row = 0; row < rows; ++row) {
    for (int h = 0; h < s.heads + 2 * s.kv_heads; ++h) {
      const bool query = h < s.heads, value = h >= s.heads + s.kv_heads;
      std::vector<double> x;
      for (int i = 0; i < s.dim; ++i) {
        const auto at = static_cast<std::size_t>(h * s.dim + i);
        x.push_back(double(before[static_cast<std::size_t>(row * columns) + at]) +
                    (s.bias ? double(bias[at]) : 0.0));
      }
      if (s.norm && !value) x = norm_of(x, norm, 1e-6);
      const auto plain = x;
      for (int i = 0; i < s.turned / 2 && !value; ++i) {
        const double angle =
            position[static_cast<std::size_t>(row)] * frequencies[static_cast<std::size_t>(i)];
        const auto a = static_cast<std::size_t>(s.neighbours ? 2 * i : i);
        const auto c = s.neighbours ? a + 1 : a + static_cast<std::size_t>(s.turned / 2);
        x[a] = plain[a] * std::cos(angle) - plain[c] * std::sin(angle);
        x[c] = plain[a] * std::sin(angle) + plain[c] * std::cos(angle);
      }
      const int own = value ? h - s.heads - s.kv_heads : h - s.heads;
      const auto here = static_cast<std::size_t>(row);
      for (int i = 0; i < s.dim; ++i) {
        const double want = x[static_cast<std::size_t>(i)];
        if (query)
          off.see(
              std::abs(want * 0.125 - double(qkv[static_cast<std::size_t>(row * columns + h * s.dim + i)])));
        else
          stored.see(std::abs(want - from_bf16(pages.at(sequence[here], own, position[here], value)[i])) /
                     (0.1 + std::abs(want)));
      }
    }
  }
  if (const finding f = off.over(2e-6, "a query"); !f.empty()) return f;
  return stored.over(0.005, "a stored key or value");
}

finding heads_are_turned_and_stored() {
  for (const head_shape& s :
       {head_shape{4, 2, 16, 16, true, false, false}, head_shape{2, 2, 64, 64, false, true, false},
        head_shape{4, 1, 128, 128, false, false, true}, head_shape{2, 1, 80, 40, true, true, true},
        head_shape{1, 1, 256, 128, false, false, true}})
    if (const finding f = check_heads(s); !f.empty()) return f + " (dim " + std::to_string(s.dim) + ")";
  return {};
}

struct attention_shape {
  int heads, kv_heads, dim, window;
  float cap;
};

struct attention_case {
  explicit attention_case(const attention_shape& s) : shape(s), pages(s.kv_heads, s.dim, 3) {
    numbers r(11);
    queries = r.normal(static_cast<std::size_t>(4 * s.heads * s.dim), 0.4f);
    const auto keys = r.normal(pages.memory.size() / 2);
    for (std::size_t i = 0; i < keys.size(); ++i)
      reinterpret_cast<std::uint16_t*>(pages.memory.data())[i] = to_bf16(keys[i]);
  }
  /// Rows `order` of the case, in a grid for `splits` splits.
  std::vector<float> run(const std::vector<std::size_t>& order, int split, int splits) {
    std::vector<int> position, sequence;
    std::vector<float> q;
    const auto width = static_cast<std::size_t>(shape.heads * shape.dim);
    for (const std::size_t row : order) {
      position.push_back(positions[row]);
      sequence.push_back(sequences[row]);
      q.insert(q.end(), queries.begin() + static_cast<std::ptrdiff_t>(row * width),
               queries.begin() + static_cast<std::ptrdiff_t>(row * width + width));
    }
    std::vector<float> parts(order.size() * static_cast<std::size_t>(shape.heads * splits * (shape.dim + 2)),
                             NAN);
    std::vector<float> out(q.size(), NAN);
    const kernels::attention_job job{q.data(),  width, shape.heads, shape.window,
                                     shape.cap, split, splits,      parts.data()};
    const kernels::row_places where{position.data(), sequence.data(), pages.tables.data(),
                                    page_bench::most_pages};
    const char* const name = shape.dim <= 64    ? "hawser_attend_64"
                             : shape.dim <= 128 ? "hawser_attend_128"
                                                : "hawser_attend_256";
    const auto heads = static_cast<unsigned>(shape.heads), rows = static_cast<unsigned>(order.size());
    run_kernel(name, {heads, rows, static_cast<unsigned>(splits)}, kernels::attention_threads, job, where,
               pages.view());
    run_kernel("hawser_join_attention", {heads, rows, 1}, kernels::warp_lanes, job, where, shape.dim,
               out.data());
    return out;
  }
  double expected(std::size_t row, int head, int i) {
    const int first = shape.window > 0 ? std::max(0, positions[row] - shape.window + 1) : 0;
    std::vector<double> weight;
    double most = -1e300, all = 0, sum = 0;
    const auto sequence = sequences[row];
    const int kv_head = head / (shape.heads / shape.kv_heads);
    for (int t = first; t <= positions[row]; ++t) {
      double score = 0;
      for (int d = 0; d < shape.dim; ++d)
        score +=
            double(queries[(row * static_cast<std::size_t>(shape.heads) + static_cast<std::size_t>(head)) *
                               static_cast<std::size_t>(shape.dim) +
                           static_cast<std::size_t>(d)]) *
            from_bf16(pages.at(sequence, kv_head, t, false)[d]);
      if (shape.cap > 0) score = double(shape.cap) * std::tanh(score / double(shape.cap));
      weight.push_back(score);
      most = std::max(most, score);
    }
    for (double& w : weight) all += w = std::exp(w - most);
    for (int t = first; t <= positions[row]; ++t)
      sum += weight[static_cast<std::size_t>(t - first)] / all *
             from_bf16(pages.at(sequence, kv_head, t, true)[i]);
    return sum;
  }

  attention_shape shape;
  page_bench pages;
  std::vector<int> positions{0, 16, 37, 90}, sequences{0, 2, 1, 2};
  std::vector<float> queries;
};

finding check_attention(const attention_shape& s) {
  attention_case c(s);
  const auto out = c.run({0, 1, 2, 3}, 32, 3);
  worst_difference off;
  for (std::size_t row = 0; row < 4; ++row)
    for (int h = 0; h < s.heads; ++h)
      for (int i = 0; i < s.dim; i += 5)
        off.see(std::abs(c.expected(row, h, i) -
                         double(out[(row * static_cast<std::size_t>(s.heads) + static_cast<std::size_t>(h)) *
                                        static_cast<std::size_t>(s.dim) +
                                    static_cast<std::size_t>(i)])));
  if (const finding f = off.over(1e-5, "attention"); !f.empty()) return f;
  // Alone, in a grid for fewer splits: the same bits.
  const auto alone = c.run({2}, 32, 2);
  const auto width = static_cast<std::ptrdiff_t>(alone.size());
  return std::equal(alone.begin(), alone.end(), out.begin() + 2 * width) ? finding()
                                                                         : "the batch changes a row";
}

finding attention_is_attention() {
  for (const attention_shape& s :
       {attention_shape{4, 2, 16, 0, 0}, attention_shape{2, 2, 64, 20, 0}, attention_shape{4, 1, 80, 0, 3.0f},
        attention_shape{2, 1, 128, 33, 0}, attention_shape{1, 1, 256, 0, 0}})
    if (const finding f = check_attention(s); !f.empty())
      return f + " (dim " + std::to_string(s.dim) + ", window " + std::to_string(s.window) + ")";
  return {};
}

finding pages_are_copied() {
  std::vector<std::uint8_t> pool(4 * 1000);
  numbers r(12);
  for (auto& byte : pool) byte = static_cast<std::uint8_t>(r.next());
  auto want = pool;
  std::copy_n(pool.begin() + 1000, 1000, want.begin() + 3000);
  std::copy_n(pool.begin(), 1000, want.begin() + 2000);
  const std::vector<int> from{1, 0}, to{3, 2};
  run_kernel("hawser_copy_pages", {2, 1, 1}, kernels::copy_threads, pool.data(), std::size_t{1000},
             from.data(), to.data());
  return pool == want ? finding() : "a page is not the one that it was copied from";
}

}  // namespace

const std::vector<kernel_check>& kernel_checks() {
  static const std::vector<kernel_check> all{
      {"gathered_rows_are_the_files", gathered_rows_are_the_files},
      {"dequantized_rows_are_the_files", dequantized_rows_are_the_files},
      {"products_are_sums", products_are_sums},
      {"eight_bits_are_near", eight_bits_are_near},
      {"norms_are_norms", norms_are_norms},
      {"activations_are_activations", activations_are_activations},
      {"the_best_is_the_first_of_the_largest", the_best_is_the_first_of_the_largest},
      {"a_drawn_token_is_the_samplers", a_drawn_token_is_the_samplers},
      {"light_weights_are_drawn_as_often", light_weights_are_drawn_as_often},
      {"odd_logits_draw_what_the_sampler_draws", odd_logits_draw_what_the_sampler_draws},
      {"heads_are_turned_and_stored", heads_are_turned_and_stored},
      {"attention_is_attention", attention_is_attention},
      {"pages_are_copied", pages_are_copied},
  };
  return all;
}

}  // namespace hawser::test
