/// The small operations between the products, each over one row. Lengths are multiples of 16 unless said
/// otherwise.
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "cpu/kernels/unroll.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace hawser::cpu {

/// 2^x, relative error below 2e-7, exactly 1 at 0; 0 far below -126. Cephes' exp2f polynomial on [-1/2, 1/2].
template <class Isa>
inline HAWSER_INLINE typename Isa::floats exp2_of(typename Isa::floats x) {
  using floats = typename Isa::floats;
  const auto polynomial = [](floats r) HAWSER_INLINE {
    auto p = Isa::set(1.535336188319500e-4f);
    p = Isa::fma(p, r, Isa::set(1.339887440266574e-3f));
    p = Isa::fma(p, r, Isa::set(9.618437357674640e-3f));
    p = Isa::fma(p, r, Isa::set(5.550332471162809e-2f));
    p = Isa::fma(p, r, Isa::set(2.402264791363012e-1f));
    p = Isa::fma(p, r, Isa::set(6.931472028550421e-1f));
    return Isa::fma(p, r, Isa::set(1.0f));
  };
  if constexpr (requires { Isa::times_power(x, x); }) {
    const auto t = Isa::min(Isa::set(127.0f), x);
    const auto whole = Isa::nearest(t);
    return Isa::times_power(polynomial(Isa::sub(t, whole)), whole);
  } else {
    const auto lowest = Isa::set(-126.0f);
    const auto t = Isa::min(Isa::max(x, lowest), Isa::set(127.0f));
    const auto whole = Isa::round(t);
    const auto p = polynomial(Isa::sub(t, Isa::to_floats(whole)));
    const auto value = Isa::from_bits(Isa::iadd(Isa::bits(p), Isa::template shift_left<23>(whole)));
    return Isa::pick(Isa::above(lowest, x), Isa::zero(), value);
  }
}

inline constexpr float log2_e = 1.4426950408889634f;

template <class Isa>
inline HAWSER_INLINE typename Isa::floats sigmoid_of(typename Isa::floats x) {
  const auto e = exp2_of<Isa>(Isa::mul(x, Isa::set(-log2_e)));
  const auto below = Isa::add(Isa::set(1.0f), e);
  if constexpr (requires { Isa::reciprocal(x); })
    return Isa::reciprocal(below);
  else
    return Isa::div(Isa::set(1.0f), below);
}

/// Sixteen groups at most. What needs all values of a group to know one (a largest value, a sum) is slow to
/// come: each step is done for all groups before the next one, so that none waits for it.
template <class Isa>
void quantize_batch(const float* x, std::size_t groups, std::int8_t* values, group_note* notes,
                    std::size_t apart) {
  constexpr int parts = static_cast<int>(group_columns) / Isa::lanes;
  using ints = typename Isa::ints;
  std::int32_t most[16] = {};
  float scales[16], inverses[16];
  for (std::size_t g = 0; g < groups; ++g) {
    // As integers, so that infinities and NaN count as large and reach the scale.
    ints bits = Isa::iset(0);
    unroll<parts>([&](auto i) HAWSER_INLINE {
      const auto v = Isa::load(x + g * group_columns + static_cast<std::size_t>(i * Isa::lanes));
      bits = Isa::imax(bits, Isa::iand(Isa::bits(v), Isa::iset(0x7fffffff)));
    });
    most[g] = Isa::ilargest(bits);
  }
  for (int g = 0; g < 16; ++g) {
    const bool finite = most[g] < 0x7f800000;
    const float largest = std::bit_cast<float>(most[g]);
    const float scale = largest / 127.0f;
    inverses[g] = finite && scale > 0x1p-126f ? 127.0f / largest : 0.0f;
    scales[g] = finite ? scale : largest - largest;  // inf - inf and NaN - NaN are NaN
  }
  for (std::size_t g = 0; g < groups; ++g) {
    const bool finite = most[g] < 0x7f800000;
    const auto inverse = Isa::set(inverses[g]);
    auto first = Isa::iset(0);
    auto second = Isa::iset(0);
    unroll<parts>([&](auto i) HAWSER_INLINE {
      const auto v = Isa::load(x + g * group_columns + static_cast<std::size_t>(i * Isa::lanes));
      const auto q = Isa::round(finite ? Isa::mul(v, inverse) : Isa::zero());
      Isa::store_bytes(values + g * apart * group_columns + i * Isa::lanes, q);
      if (i < parts / 2)
        first = Isa::iadd(first, q);
      else
        second = Isa::iadd(second, q);
    });
    std::int32_t low = 0, high = 0;
    if constexpr (requires { Isa::isums(first, second); }) {
      const auto sums = Isa::isums(first, second);
      low = sums.a;
      high = sums.b;
    } else {
      low = Isa::isum(first);
      high = Isa::isum(second);
    }
    notes[g * apart] = {scales[g], scales[g] * static_cast<float>(low + high), -(low + high), -low};
  }
}

template <class Isa>
void quantize_groups(const float* x, std::size_t groups, std::int8_t* values, group_note* notes,
                     std::size_t apart) {
  for (std::size_t g = 0; g < groups; g += 16)
    quantize_batch<Isa>(x + g * group_columns, groups - g < 16 ? groups - g : 16,
                        values + g * apart * group_columns, notes + g * apart, apart);
}

/// See kernel_set::rotate.
template <class Isa>
void rotate_head(float* head, std::size_t dim, const float* turns, std::size_t dims, bool neighbours,
                 float scale) {
  const float* const sines = turns + dims;
  const auto s = Isa::set(scale);
  const std::size_t half = dims / 2;
  std::size_t i = 0;
  if (neighbours) {
    for (; i + Isa::lanes <= dims; i += Isa::lanes) {
      const auto x = Isa::load(head + i);
      const auto turned =
          Isa::fma(Isa::swap_neighbours(x), Isa::load(sines + i), Isa::mul(x, Isa::load(turns + i)));
      Isa::store(head + i, Isa::mul(turned, s));
    }
    for (; i < dims; i += 2) {
      const float a = head[i], b = head[i + 1];
      head[i] = (a * turns[i] + b * sines[i]) * scale;
      head[i + 1] = (b * turns[i + 1] + a * sines[i + 1]) * scale;
    }
  } else {
    for (; i + Isa::lanes <= half; i += Isa::lanes) {
      const auto a = Isa::load(head + i), b = Isa::load(head + half + i);
      const auto x = Isa::fma(b, Isa::load(sines + i), Isa::mul(a, Isa::load(turns + i)));
      const auto y = Isa::fma(a, Isa::load(sines + half + i), Isa::mul(b, Isa::load(turns + half + i)));
      Isa::store(head + i, Isa::mul(x, s));
      Isa::store(head + half + i, Isa::mul(y, s));
    }
    for (; i < half; ++i) {
      const float a = head[i], b = head[half + i];
      head[i] = (a * turns[i] + b * sines[i]) * scale;
      head[half + i] = (b * turns[half + i] + a * sines[half + i]) * scale;
    }
  }
  for (i = dims; i < dim; ++i) head[i] *= scale;
}

template <class Isa>
void rms_norm_row(const float* x, const float* weight, std::size_t n, float epsilon, float* out) {
  auto a = Isa::zero();
  auto b = Isa::zero();
  std::size_t i = 0;
  for (; i + 2 * Isa::lanes <= n; i += 2 * Isa::lanes) {
    const auto p = Isa::load(x + i);
    const auto q = Isa::load(x + i + Isa::lanes);
    a = Isa::fma(p, p, a);
    b = Isa::fma(q, q, b);
  }
  float sum = Isa::sum(Isa::add(a, b));
  for (; i < n; ++i) sum += x[i] * x[i];
  const float factor = 1.0f / std::sqrt(sum / static_cast<float>(n) + epsilon);
  const auto f = Isa::set(factor);
  i = 0;
  for (; i + Isa::lanes <= n; i += Isa::lanes)
    Isa::store(out + i, Isa::mul(Isa::mul(Isa::load(x + i), f), Isa::load(weight + i)));
  for (; i < n; ++i) out[i] = x[i] * factor * weight[i];
}

template <class Isa>
void gate_row(gate_kind kind, const float* gate, const float* up, std::size_t n, float* out) {
  for (std::size_t i = 0; i < n; i += Isa::lanes) {
    const auto x = Isa::load(gate + i);
    auto inner = x;
    if (kind == gate_kind::gelu_tanh) {
      // (1 + tanh(u)) / 2 is sigmoid(2u), with u = sqrt(2/pi) (x + 0.044715 x^3)
      const auto cubic = Isa::fma(Isa::mul(x, x), Isa::set(0.044715f), Isa::set(1.0f));
      inner = Isa::mul(Isa::mul(x, Isa::set(2 * 0.7978845608028654f)), cubic);
    }
    Isa::store(out + i, Isa::mul(Isa::mul(x, sigmoid_of<Isa>(inner)), Isa::load(up + i)));
  }
}

template <class Isa>
void add_row(float* to, const float* x, std::size_t n) {
  for (std::size_t i = 0; i < n; i += Isa::lanes)
    Isa::store(to + i, Isa::add(Isa::load(to + i), Isa::load(x + i)));
}

/// cap * tanh(x / cap), with tanh(u) = 2 sigmoid(2u) - 1
template <class Isa>
inline HAWSER_INLINE typename Isa::floats capped(typename Isa::floats x, float cap) {
  const auto s = sigmoid_of<Isa>(Isa::mul(x, Isa::set(2.0f / cap)));
  return Isa::fma(s, Isa::set(2.0f * cap), Isa::set(-cap));
}

template <class Isa>
void soft_cap_row(float* x, std::size_t n, float cap) {
  for (std::size_t i = 0; i < n; i += Isa::lanes) Isa::store(x + i, capped<Isa>(Isa::load(x + i), cap));
}

template <class Isa>
best_logit best_of(const float* x, std::size_t n) {
  const float lowest = -INFINITY;
  auto best = Isa::set(lowest);
  auto where = Isa::iset(-1);
  auto index = Isa::count_up();
  std::size_t i = 0;
  for (; i + Isa::lanes <= n; i += Isa::lanes) {
    const auto v = Isa::load(x + i);
    const auto m = Isa::above(v, best);
    best = Isa::pick(m, v, best);
    where = Isa::pick(m, index, where);
    index = Isa::iadd(index, Isa::iset(Isa::lanes));
  }
  float values[Isa::lanes];
  Isa::store(values, best);
  std::int32_t ids[Isa::lanes];
  std::memcpy(ids, &where, sizeof ids);
  best_logit out{lowest, -1};
  for (int lane = 0; lane < Isa::lanes; ++lane)
    if (ids[lane] >= 0 && (values[lane] > out.value || (values[lane] == out.value && ids[lane] < out.id)))
      out = {values[lane], ids[lane]};
  for (; i < n; ++i)
    if (x[i] > out.value) out = {x[i], static_cast<std::int32_t>(i)};
  return out;
}

template <class Isa>
float log_sum_exp_of(const float* x, std::size_t n) {
  const float most = best_of<Isa>(x, n).value;
  if (!(most > -INFINITY)) return -INFINITY;
  const auto shift = Isa::set(most);
  auto sum = Isa::zero();
  std::size_t i = 0;
  for (; i + Isa::lanes <= n; i += Isa::lanes) {
    const auto e = exp2_of<Isa>(Isa::mul(Isa::sub(Isa::load(x + i), shift), Isa::set(log2_e)));
    sum = Isa::add(sum, Isa::pick(Isa::above(e, Isa::zero()), e, Isa::zero()));  // NaN counts as nothing
  }
  float total = Isa::sum(sum);
  for (; i < n; ++i)
    if (x[i] == x[i]) total += std::exp(x[i] - most);
  return most + std::log(total);
}

}  // namespace hawser::cpu
