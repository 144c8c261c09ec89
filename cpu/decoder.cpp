#include "cpu/decoder.hpp"

#include "cpu/kernels/rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace hawser::cpu {
namespace {

/// Rows of a small operation that are worth a piece of work of their own.
constexpr std::uint32_t rows_a_piece = 8;

constexpr std::uint32_t no_place = 0xffffffffu;

std::uint32_t pieces_for(std::size_t rows) {
  return static_cast<std::uint32_t>((rows + rows_a_piece - 1) / rows_a_piece);
}

template <class Body>
void each_row(team& workers, std::size_t rows, Body body) {
  workers.run(pieces_for(rows), [&](std::uint32_t piece, unsigned) {
    const std::size_t end = std::min<std::size_t>(rows, std::size_t{piece + 1} * rows_a_piece);
    for (std::size_t r = std::size_t{piece} * rows_a_piece; r < end; ++r) body(static_cast<std::uint32_t>(r));
  });
}

}  // namespace

void decoder::run(const step_layout& step, std::span<const std::uint32_t> wanted, team& workers) {
  std::size_t rows = step.rows();
  for (std::uint32_t r = 0; r < rows; ++r) kept_[r] = r;
  announce(step);
  announce_layer(0);
  embed(step, workers);
  const std::vector<float>* post = nullptr;
  for (std::uint32_t l = 0; l < spec().layers; ++l) {
    const packed_layer& w = weights_.layers[l];
    const bool branches = spec().post_norms;
    float* const out = branches ? branch_ : residual_;
    norm_rows(rows, workers, post, w.attention_norm);
    const part qkv[] = {{&w.q, 0}, {&w.k, k_column_}, {&w.v, v_column_}};
    project(qkv, input_.rows(), rows, qkv_, qkv_columns_, false, workers);
    place_heads(step, workers, l);
    if (l + 1 == spec().layers && wanted.size() < rows) {
      keep(step, wanted);
      rows = wanted.size();
      if (rows == 0) return;
    }
    attend(step, rows, workers, l);
    announce_layer(l + 1);
    const part output[] = {{&w.attention_output, 0}};
    project(output, heads_.rows(), rows, out, residual_columns(), !branches, workers);
    norm_rows(rows, workers, branches ? &w.post_attention_norm : nullptr, w.feed_forward_norm);
    feed_forward(w, rows, workers);
    const part down[] = {{&w.down, 0}};
    project(down, hidden_.rows(), rows, out, residual_columns(), !branches, workers);
    post = branches ? &w.post_feed_forward_norm : nullptr;
  }
  if (post != nullptr) {
    each_row(workers, rows, [&](std::uint32_t r) {
      float* const branch = branch_ + r * residual_columns();
      kernels_.rms_norm(branch, post->data(), spec().width, spec().norm_epsilon, branch);
      kernels_.add(residual_ + r * residual_columns(), branch, spec().width);
    });
  }
}

void decoder::embed(const step_layout& step, team& workers) {
  each_row(workers, step.rows(), [&](std::uint32_t r) {
    float* const to = residual_ + r * residual_columns();
    unpack_row(weights_.embedding.view, static_cast<std::uint32_t>(step.token(r)), {to, spec().width});
    if (spec().embedding_scale != 1.0f)
      for (std::size_t i = 0; i < spec().width; ++i) to[i] *= spec().embedding_scale;
    for (const rope_table& t : ropes_) turn(step.position(r), t, t.turns + std::size_t{r} * 2 * t.spec.dims);
  });
}

void decoder::turn(std::uint32_t position, const rope_table& table, float* to) const {
  const std::size_t pairs = table.frequencies.size();
  const bool neighbours = table.spec.pairing == model::rope_pairing::neighbours;
  const std::size_t step = neighbours ? 2 : 1, apart = neighbours ? 1 : pairs;
  float* const sines = to + table.spec.dims;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double angle = static_cast<double>(position) * table.frequencies[i];
    to[i * step] = to[i * step + apart] = static_cast<float>(std::cos(angle));
    sines[i * step + apart] = static_cast<float>(std::sin(angle));
    sines[i * step] = -sines[i * step + apart];
  }
}

void decoder::feed(const float* row, std::size_t index, const activation_buffer& to) const {
  if (to.values != nullptr)
    kernels_.quantize(row, to.columns / group_columns, to.values + index * to.columns,
                      to.notes + index * (to.columns / group_columns), 1);
  if (to.floats != nullptr) std::memcpy(to.floats + index * to.columns, row, to.columns * sizeof(float));
}

/// The branch before it (with its own norm), then the norm that the next products read.
void decoder::norm_rows(std::size_t rows, team& workers, const std::vector<float>* post,
                        const std::vector<float>& weight) {
  each_row(workers, rows, [&](std::uint32_t r) {
    float* const x = residual_ + r * residual_columns();
    float* const normed = normed_ + r * residual_columns();
    if (post != nullptr) {
      kernels_.rms_norm(branch_ + r * residual_columns(), post->data(), spec().width, spec().norm_epsilon,
                        normed);
      kernels_.add(x, normed, spec().width);
    }
    kernels_.rms_norm(x, weight.data(), spec().width, spec().norm_epsilon, normed);
    feed(normed, r, input_);
  });
}

void decoder::place_heads(const step_layout& step, team& workers, std::uint32_t layer) {
  each_row(workers, step.rows(), [&](std::uint32_t r) {
    // An even position and the next one are written together: they share registers of values.
    if (step.position(r) % 2 != 0 && r != step.owner(r).first_row) return;
    const bool two = step.position(r) % 2 == 0 && r + 1 != step.owner(r).first_row + step.owner(r).rows;
    turn_heads(r, layer);
    if (two) turn_heads(r + 1, layer);
    store_heads(step, r, two ? 2 : 1, layer);
  });
}

/// Bias, head norms and rope of one row.
void decoder::turn_heads(std::uint32_t row, std::uint32_t layer) const {
  const model::decoder_spec& s = spec();
  const packed_layer& w = weights_.layers[layer];
  float* const q = qkv_ + row * qkv_columns_;
  const auto bias = [](float* to, const std::vector<float>& from) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
  };
  bias(q, w.q_bias);
  bias(q + k_column_, w.k_bias);
  bias(q + v_column_, w.v_bias);
  const rope_table& rope = ropes_[rope_of_[layer]];
  const bool neighbours = rope.spec.pairing == model::rope_pairing::neighbours;
  const std::size_t dims = rope.frequencies.size() * 2;
  const auto turn_head = [&](float* head, const std::vector<float>& norm, float scale) {
    if (!norm.empty()) kernels_.rms_norm(head, norm.data(), s.head_dim, s.norm_epsilon, head);
    kernels_.rotate(head, s.head_dim, rope.turns + std::size_t{row} * 2 * rope.spec.dims, dims, neighbours,
                    scale);
  };
  const float scale = s.attention_scale * (s.attention_soft_cap != 0 ? 1.0f : log2_e);
  for (std::uint32_t h = 0; h < s.heads; ++h) turn_head(q + h * std::size_t{s.head_dim}, w.q_norm, scale);
  for (std::uint32_t h = 0; h < s.kv_heads; ++h)
    turn_head(q + k_column_ + h * std::size_t{s.head_dim}, w.k_norm, 1.0f);
}

/// Keys and values of `count` rows go to their page.
void decoder::store_heads(const step_layout& step, std::uint32_t row, std::uint32_t count,
                          std::uint32_t layer) const {
  const model::decoder_spec& s = spec();
  const std::uint32_t* const table = step.owner(row).tables[kv_.group_of(layer)];
  for (std::uint32_t h = 0; h < s.kv_heads; ++h) {
    kv_row rows[2];
    for (std::uint32_t i = 0; i < count; ++i) {
      const float* const from = qkv_ + (row + i) * qkv_columns_ + h * std::size_t{s.head_dim};
      rows[i] = {from + k_column_, from + v_column_};
    }
    kernels_.store_kv[static_cast<int>(kv_.type())](kv_.view(layer, h, table), step.position(row), rows,
                                                    count, s.head_dim);
  }
}

std::uint32_t decoder::tile_rows() const noexcept {
  // Queries that share keys, at most 24 with small heads (their accumulators fill a third of the first
  // cache).
  const std::uint32_t most = kv_.padded_dim() <= 128 ? 24 : 16;
  return std::max(1u, most / std::min(most, spec().heads / spec().kv_heads));
}

/// Of the last layer, only what is asked for: keys and values of all rows are written, the rows that go on
/// move up.
void decoder::keep(const step_layout& step, std::span<const std::uint32_t> wanted) {
  std::fill_n(kept_.begin(), step.rows(), no_place);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    kept_[wanted[i]] = static_cast<std::uint32_t>(i);
    if (wanted[i] != i)
      std::memcpy(residual_ + i * residual_columns(), residual_ + wanted[i] * residual_columns(),
                  residual_columns() * sizeof(float));
  }
}

void decoder::attend(const step_layout& step, std::size_t rows, team& workers, std::uint32_t layer) {
  const model::decoder_spec& s = spec();
  const std::uint32_t group = s.heads / s.kv_heads;
  const std::uint32_t shared = std::min(group, attention_rows / tile_rows());  // heads in one call
  const std::uint32_t calls = (group + shared - 1) / shared;
  const auto tiles = static_cast<std::uint32_t>(step.tiles().size());
  workers.run(tiles * s.kv_heads * calls, [&](std::uint32_t piece, unsigned thread) {
    const query_tile& tile = step.tiles()[piece / (s.kv_heads * calls)];
    const std::uint32_t kv_head = piece / calls % s.kv_heads;
    const std::uint32_t first = kv_head * group + piece % calls * shared;
    const std::uint32_t last = std::min(first + shared, (kv_head + 1) * group);
    const step_layout::sequence& owner = step.sequences()[tile.sequence];
    attention_job job;
    job.window = s.layer[layer].window;
    job.head_dim = s.head_dim;
    job.soft_cap = s.attention_soft_cap;
    job.kv = kv_.view(layer, kv_head, owner.tables[kv_.group_of(layer)]);
    for (std::uint32_t r = tile.first_row; r < tile.first_row + tile.rows; ++r) {
      if (kept_[r] == no_place) continue;
      for (std::uint32_t h = first; h < last; ++h) {
        job.queries[job.count] = qkv_ + r * qkv_columns_ + h * std::size_t{s.head_dim};
        job.outputs[job.count] =
            attended_ + kept_[r] * std::size_t{s.q_width()} + h * std::size_t{s.head_dim};
        job.positions[job.count++] = step.position(r);
      }
    }
    if (job.count != 0) kernels_.attend[static_cast<int>(kv_.type())](job, scratch_ + thread * scratch_step_);
  });
  each_row(workers, rows,
           [&](std::uint32_t r) { feed(attended_ + r * std::size_t{s.q_width()}, r, heads_); });
}

void decoder::norm(std::span<const std::uint32_t> states, team& workers) {
  each_row(workers, states.size(), [&](std::uint32_t i) {
    float* const to = normed_ + i * residual_columns();
    kernels_.rms_norm(residual_ + states[i] * residual_columns(), weights_.output_norm.data(), spec().width,
                      spec().norm_epsilon, to);
    feed(to, i, input_);
  });
}

}  // namespace hawser::cpu
