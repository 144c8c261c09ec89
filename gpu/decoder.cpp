#include "gpu/decoder.hpp"

#include "gpu/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hawser::gpu {
namespace {

/// Positions that one block of attention works on: the same in every step, so that a row is cut alike.
constexpr int attention_split = 256;
/// Floats for the parts of attention: more rows than fit take several launches.
constexpr std::size_t most_parts = std::size_t{16} << 20;

int divided(int n, int by) {
  return (n + by - 1) / by;
}

extent rows_of(int rows) {
  return {static_cast<std::uint32_t>(rows), 1, 1};
}

}  // namespace

model::result<decoder> decoder::make(const cuda_runtime& calls, device_model weights, kernel_table kernels,
                                     model::page_plan pages, const decoder_wish& wish) {
  decoder made;
  made.calls_ = &calls;
  made.weights_ = std::move(weights);
  made.kernels_ = std::move(kernels);
  made.pages_ = std::move(pages);
  made.page_tokens_ = static_cast<int>(wish.page_tokens);
  made.scratch_bytes_ = made.plan_scratch(made.pages_.context, wish);
  auto error = cuda_error::none;
  for (const model::page_group& g : made.pages_.groups)
    made.pools_.push_back(take_memory(calls, g.page_bytes * g.pages, false, error));
  made.scratch_ = take_memory(calls, made.scratch_bytes_, false, error);
  if (error != cuda_error::none)
    return model::error{model::errc::over_limit,
                        "The device did not give " + std::to_string(made.kv_bytes() >> 20) +
                            " MiB for keys and values and " + std::to_string(made.scratch_bytes_ >> 20) +
                            " MiB for a step: " + make_error_code(error).message() + "."};
  made.scratch_bytes_ = made.lay_out(made.scratch_.get(), wish);
  return made;
}

std::size_t decoder::scratch_for(device_model weights, std::uint32_t context, const decoder_wish& wish) {
  decoder none;
  none.weights_ = std::move(weights);
  return none.plan_scratch(context, wish);
}

std::size_t decoder::plan_scratch(std::uint32_t context, const decoder_wish& wish) {
  const model::decoder_spec& s = spec();
  const std::size_t splits = context / attention_split + 1;
  const std::size_t row = s.heads * splits * (s.head_dim + 2);
  parts_floats_ = std::max(row, std::min(row * wish.step_tokens, most_parts));
  return lay_out(nullptr, wish);
}

/// Adds up the buffers' sizes, and sets them where there is a base.
std::size_t decoder::lay_out(std::byte* base, const decoder_wish& wish) {
  const model::decoder_spec& s = spec();
  std::size_t used = 0;
  const auto take = [&](auto*& at, std::size_t count) {
    if (base != nullptr) at = reinterpret_cast<std::remove_reference_t<decltype(at)>>(base + used);
    used += (count * sizeof(*at) + 255) / 256 * 256;
  };
  const std::size_t rows = wish.step_tokens;
  take(at_.residual, rows * s.width);
  take(at_.branch, s.post_norms ? rows * s.width : 0);
  take(at_.normed, rows * s.width);
  take(at_.qkv, rows * qkv_columns());
  take(at_.attended, rows * s.q_width());
  take(at_.pairs, rows * 2 * s.feed_forward);
  take(at_.hidden, rows * s.feed_forward);
  take(at_.parts, parts_floats_);
  take(at_.logits, std::size_t{wish.logit_rows} * s.vocabulary);
  const std::size_t columns = std::max({s.width, s.q_width(), s.feed_forward});
  const std::size_t groups = columns / kernels::group_values + 1;
  take(at_.quantized.values, rows * groups * kernels::group_values);
  take(at_.quantized.scales, rows * groups);
  take(at_.quantized.sums, rows * groups);
  at_.turns.resize(weights_.ropes.size());
  for (std::size_t i = 0; i < at_.turns.size(); ++i)
    take(at_.turns[i], rows * 2 * weights_.ropes[i].spec.dims);
  return used;
}

std::size_t decoder::kv_bytes() const noexcept {
  std::size_t sum = 0;
  for (const model::page_group& g : pages_.groups) sum += g.page_bytes * g.pages;
  return sum;
}

void decoder::copy_page(work_queue& to, model::page_copy pages) const {
  const std::size_t bytes = pages_.groups[pages.group].page_bytes;
  std::byte* const pool = pools_[pages.group].get();
  to.copy(pool + pages.to * bytes, pool + pages.from * bytes, bytes, copy_direction::device_to_device);
}

void decoder::run(work_queue& to, const device_rows& step) const {
  const model::decoder_spec& s = spec();
  const device_matrix& table = weights_.embedding;
  to.launch(kernels_.of_type.at(table.type).gather, rows_of(step.rows), kernels::row_threads, step.tokens,
            table.bytes, table.row_bytes, static_cast<int>(s.width), s.embedding_scale, at_.residual);
  for (std::size_t i = 0; i < weights_.ropes.size(); ++i) {
    const device_rope& rope = weights_.ropes[i];
    if (rope.pairs != 0)
      to.launch(kernels_.turns, rows_of(step.rows), kernels::turn_threads, step.position, rope.frequencies,
                rope.pairs, rope.spec.pairing == model::rope_pairing::neighbours ? 1 : 0, at_.turns[i]);
  }
  float* const out = s.post_norms ? at_.branch : at_.residual;
  const float* post = nullptr;
  for (std::size_t l = 0; l < weights_.layers.size(); ++l) {
    const device_layer& w = weights_.layers[l];
    norm_rows(to, step.rows, {post, w.attention_norm}, w.q.quantized() || w.k.quantized() || w.v.quantized());
    product(to, w.q, at_.normed, step.rows, at_.qkv, qkv_columns(), false);
    product(to, w.k, at_.normed, step.rows, at_.qkv + s.q_width(), qkv_columns(), false);
    product(to, w.v, at_.normed, step.rows, at_.qkv + s.q_width() + s.kv_width(), qkv_columns(), false);
    heads(to, step, l);
    if (w.attention_output.quantized())
      to.launch(kernels_.quantize, rows_of(step.rows), kernels::row_threads, at_.attended,
                static_cast<int>(s.q_width()), at_.quantized);
    product(to, w.attention_output, at_.attended, step.rows, out, s.width, !s.post_norms);
    norm_rows(to, step.rows, {s.post_norms ? w.post_attention_norm : nullptr, w.feed_forward_norm},
              w.gate.quantized() || w.up.quantized());
    feed_forward(to, w, step.rows, out);
    post = s.post_norms ? w.post_feed_forward_norm : nullptr;
  }
  if (post != nullptr)
    to.launch(kernels_.add_norm, rows_of(step.rows), kernels::row_threads, at_.residual, at_.branch, post,
              s.norm_epsilon, static_cast<int>(s.width));
}

/// The branch before it, where it has a norm of its own; then the norm that the next products read.
void decoder::norm_rows(work_queue& to, int rows, branch_norm weights, bool quantized) const {
  to.launch(kernels_.norm, rows_of(rows), kernels::row_threads, at_.residual,
            weights.post != nullptr ? at_.branch : nullptr, weights.post, weights.next, spec().norm_epsilon,
            static_cast<int>(spec().width), nullptr, at_.normed, eight_bits(quantized));
}

/// out[row][n] (+)= x[row] . m[n]; a quantized matrix reads the row in 8 bits, which was made with x.
void decoder::product(work_queue& to, const device_matrix& m, const float* x, int rows, float* out,
                      std::size_t stride, bool add) const {
  const typed_kernels& of = kernels_.of_type.at(m.type);
  const bool wide = rows > 1;
  const extent grid{static_cast<std::uint32_t>(divided(m.outputs, kernels::product_warps)),
                    static_cast<std::uint32_t>(wide ? divided(rows, kernels::wide_rows) : 1), 1};
  const kernels::product_job job{m.bytes, m.row_bytes, m.outputs, m.inputs, rows, add ? 1 : 0, out, stride};
  to.launch(wide ? of.wide : of.product, grid, kernels::product_threads, job, x, at_.quantized);
}

void decoder::heads(work_queue& to, const device_rows& step, std::size_t layer) const {
  const model::decoder_spec& s = spec();
  const device_layer& w = weights_.layers[layer];
  const device_rope& rope = weights_.ropes[w.rope];
  const model::page_plan::place place = pages_.places[layer];
  const std::size_t page_bytes = pages_.groups[place.group].page_bytes;
  const std::size_t layer_bytes = page_bytes / pages_.groups[place.group].layers;
  const kernels::page_view kv{
      reinterpret_cast<std::uint8_t*>(pools_[place.group].get()) + place.index * layer_bytes, page_bytes,
      static_cast<int>(s.kv_heads), page_tokens_, static_cast<int>(s.head_dim)};
  const kernels::head_job job{
      at_.qkv,           qkv_columns(),  static_cast<int>(s.heads),
      w.q_bias,          w.k_bias,       w.v_bias,
      w.q_norm,          w.k_norm,       s.norm_epsilon,
      at_.turns[w.rope], 2 * rope.pairs, rope.spec.pairing == model::rope_pairing::neighbours ? 1 : 0,
      s.attention_scale};
  const kernels::row_places rows{step.position, step.sequence, step.tables[place.group],
                                 step.table_stride[place.group]};
  to.launch(kernels_.place_heads, {s.heads + 2 * s.kv_heads, static_cast<std::uint32_t>(step.rows), 1},
            kernels::warp_lanes, job, rows, kv);
  attend(to, step, layer, kv);
}

void decoder::attend(work_queue& to, const device_rows& step, std::size_t layer,
                     const kernels::page_view& kv) const {
  const model::decoder_spec& s = spec();
  const std::uint32_t group = pages_.places[layer].group;
  const int splits = step.last_position / attention_split + 1;
  const std::size_t row = s.heads * static_cast<std::size_t>(splits) * (s.head_dim + 2);
  const int most = static_cast<int>(std::min<std::size_t>(parts_floats_ / row, 32768));
  for (int first = 0; first < step.rows; first += most) {
    const auto count = static_cast<std::uint32_t>(std::min(most, step.rows - first));
    const kernels::attention_job job{at_.qkv + static_cast<std::size_t>(first) * qkv_columns(),
                                     qkv_columns(),
                                     static_cast<int>(s.heads),
                                     static_cast<int>(s.layer[layer].window),
                                     s.attention_soft_cap,
                                     attention_split,
                                     splits,
                                     at_.parts};
    const kernels::row_places rows{step.position + first, step.sequence + first, step.tables[group],
                                   step.table_stride[group]};
    to.launch(kernels_.attend, {s.heads, count, static_cast<std::uint32_t>(splits)},
              kernels::attention_threads, job, rows, kv);
    to.launch(kernels_.join_attention, {s.heads, count, 1}, kernels::warp_lanes, job, rows, kv.dim,
              at_.attended + static_cast<std::size_t>(first) * s.q_width());
  }
}

void decoder::feed_forward(work_queue& to, const device_layer& layer, int rows, float* out) const {
  const std::size_t n = spec().feed_forward;
  product(to, layer.gate, at_.normed, rows, at_.pairs, 2 * n, false);
  product(to, layer.up, at_.normed, rows, at_.pairs + n, 2 * n, false);
  to.launch(kernels_.activate, rows_of(rows), kernels::row_threads, at_.pairs, static_cast<int>(n),
            spec().act == model::activation::gelu_tanh ? 1 : 0, at_.hidden,
            eight_bits(layer.down.quantized()));
  product(to, layer.down, at_.hidden, rows, out, spec().width, !spec().post_norms);
}

void decoder::norm(work_queue& to, const int* rows, int count) const {
  to.launch(kernels_.norm, rows_of(count), kernels::row_threads, at_.residual, nullptr, nullptr,
            weights_.output_norm, spec().norm_epsilon, static_cast<int>(spec().width), rows, at_.normed,
            eight_bits(weights_.output.quantized()));
}

void decoder::logits(work_queue& to, int first, int count) const {
  const model::decoder_spec& s = spec();
  const std::size_t row = static_cast<std::size_t>(first);
  const std::size_t group = row * (s.width / kernels::group_values);
  const device_matrix& m = weights_.output;
  const typed_kernels& of = kernels_.of_type.at(m.type);
  const kernels::quantized_rows from{at_.quantized.values + group * kernels::group_values,
                                     at_.quantized.scales + group, at_.quantized.sums + group};
  const kernels::product_job job{m.bytes, m.row_bytes, m.outputs,  m.inputs,
                                 count,   0,           at_.logits, s.vocabulary};
  const extent grid{static_cast<std::uint32_t>(divided(m.outputs, kernels::product_warps)),
                    static_cast<std::uint32_t>(count > 1 ? divided(count, kernels::wide_rows) : 1), 1};
  to.launch(count > 1 ? of.wide : of.product, grid, kernels::product_threads, job, at_.normed + row * s.width,
            from);
  if (s.logit_soft_cap != 0.0f)
    to.launch(kernels_.soft_cap, rows_of(count), kernels::row_threads, at_.logits, std::size_t{s.vocabulary},
              static_cast<int>(s.vocabulary), s.logit_soft_cap);
}

void decoder::draw(work_queue& to, int count, const kernels::draw_terms* terms, int* ids) const {
  to.launch(kernels_.draw, rows_of(count), kernels::draw_threads, at_.logits, std::size_t{spec().vocabulary},
            static_cast<int>(spec().vocabulary), terms, ids);
}

void decoder::best(work_queue& to, int count, int* ids) const {
  to.launch(kernels_.best, rows_of(count), kernels::row_threads, at_.logits, std::size_t{spec().vocabulary},
            static_cast<int>(spec().vocabulary), ids);
}

}  // namespace hawser::gpu
