#include "cpu/decoder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace hawser::cpu {
namespace {

constexpr std::size_t rounded(std::size_t n, std::size_t unit) {
  return (n + unit - 1) / unit * unit;
}

/// Hands out parts of a buffer: once to add up the size, once with the memory.
class carver {
 public:
  explicit carver(std::byte* base) : base_(base) {}

  template <class T>
  void take(T*& at, std::size_t count) {
    at = base_ != nullptr ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += rounded(count * sizeof(T), 64);
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  std::byte* base_;
  std::size_t used_ = 0;
};

struct wants {
  bool quants = false;
  bool floats = false;

  void see(std::initializer_list<const packed_matrix*> matrices) {
    for (const packed_matrix* m : matrices) (is_float(m->view.format) ? floats : quants) = true;
  }
  void carve(carver& from, activation_buffer& to, std::size_t rows, std::size_t columns) const {
    to.columns = static_cast<std::uint32_t>(columns);
    if (quants) {
      from.take(to.values, rows * columns);
      from.take(to.notes, rows * (columns / group_columns));
    }
    if (floats) from.take(to.floats, rows * columns);
  }
};

std::vector<double> frequencies_of(const model::rope_spec& rope, const std::vector<float>& factors) {
  std::vector<double> out;
  if (rope.pairing == model::rope_pairing::none) return out;
  const std::size_t pairs = rope.dims / 2;
  const double step = std::log(static_cast<double>(rope.base)) / static_cast<double>(pairs);
  for (std::size_t i = 0; i < pairs; ++i) {
    out.push_back(static_cast<double>(rope.scale) * std::exp(-step * static_cast<double>(i)));
    if (i < factors.size()) out.back() /= static_cast<double>(factors[i]);
  }
  return out;
}

}  // namespace

model::result<decoder> decoder::make(packed_model weights, const kernel_set& kernels, kv_pool kv,
                                     std::uint32_t step_tokens, unsigned threads) {
  decoder made(std::move(weights), kernels, std::move(kv));
  made.find_ropes();
  if (auto ok = made.lay_out(step_tokens, threads); !ok) return ok.error();
  return made;
}

void decoder::find_ropes() {
  for (const model::layer_spec& l : spec().layer) {
    const auto at = std::find_if(ropes_.begin(), ropes_.end(), [&](const rope_table& t) {
      return t.spec.pairing == l.rope.pairing && t.spec.dims == l.rope.dims && t.spec.base == l.rope.base &&
             t.spec.scale == l.rope.scale;
    });
    rope_of_.push_back(static_cast<std::uint32_t>(at - ropes_.begin()));
    if (at == ropes_.end())
      ropes_.push_back({l.rope, frequencies_of(l.rope, weights_.rope_factors), nullptr});
  }
}

model::result<void> decoder::lay_out(std::uint32_t step_tokens, unsigned threads) {
  const model::decoder_spec& s = spec();
  k_column_ = rounded(s.q_width(), block_rows);
  v_column_ = k_column_ + rounded(s.kv_width(), block_rows);
  qkv_columns_ = v_column_ + rounded(s.kv_width(), block_rows);
  wants input, heads, hidden;
  for (const packed_layer& l : weights_.layers) {
    input.see({&l.q, &l.k, &l.v, &l.gate, &l.up});
    heads.see({&l.attention_output});
    hidden.see({&l.down});
  }
  input.see({&weights_.output});
  const std::size_t attention = attention_scratch(kv_.type(), kv_.padded_dim(), kv_.page_tokens());
  scratch_step_ = rounded(std::max({attention, feed_forward_scratch, best_scratch}), 4096) + 4096;
  const std::size_t best_pieces = (weights_.output.view.row_blocks + best_blocks - 1) / best_blocks;
  const auto carve = [&](std::byte* base) {
    carver from(base);
    for (rope_table& t : ropes_) from.take(t.turns, std::size_t{step_tokens} * 2 * t.spec.dims);
    from.take(residual_, step_tokens * std::size_t{s.width});
    from.take(branch_, step_tokens * std::size_t{s.width});
    from.take(qkv_, step_tokens * qkv_columns_);
    from.take(attended_, step_tokens * std::size_t{s.q_width()});
    from.take(normed_, step_tokens * std::size_t{s.width});
    input.carve(from, input_, step_tokens, s.width);
    heads.carve(from, heads_, step_tokens, s.q_width());
    hidden.carve(from, hidden_, step_tokens, s.feed_forward);
    from.take(best_, best_pieces * best_rows);
    from.take(scratch_, threads * scratch_step_);
    return from.used();
  };
  kept_.resize(step_tokens);
  queue_ = std::make_unique<fetch_queue>();
  cursors_.resize(threads);
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  fetch_bytes_ = cache > 0 ? static_cast<std::size_t>(cache) / 2 : 0;
  coming_pages_.resize(kv_.groups().size());
  const std::size_t layer_bytes = kv_.view(0, 0, nullptr).value_offset * 2 * s.kv_heads;
  for (auto& pages : coming_pages_) pages.reserve(fetch_bytes_ / layer_bytes);
  auto memory = buffer::make(carve(nullptr), "activations");
  if (!memory) return memory.error();
  carve(memory->data());
  memory_ = std::move(*memory);
  return {};
}

}  // namespace hawser::cpu
