#include "cpu/decoder.hpp"

#include <algorithm>
#include <cstring>

namespace hawser::cpu {
namespace {

/// Activations that a piece works on, a multiple of every tile's height: 48 rows of 576 int8 lie in a
/// first-level cache. Measured for one core with AVX-512 VNNI, Q4_1: 162 G multiply-adds a second with 12 to
/// 48 rows, 148 with 132; the arithmetic's limit is 170.
constexpr std::size_t token_block = 48;

/// How a product of `rows` activations with `blocks` row blocks is cut.
struct cut {
  std::size_t token_blocks;
  std::size_t tokens;        ///< in a block, the last may have fewer
  std::uint32_t row_blocks;  ///< in a piece, the last may have fewer
  std::uint32_t row_pieces;

  cut(std::size_t rows, std::uint32_t blocks, unsigned threads) {
    token_blocks = (rows + token_block - 1) / token_block;
    tokens = (rows + token_blocks - 1) / token_blocks;
    tokens = (tokens + 5) / 6 * 6;
    const std::uint32_t wanted = rows > 48 ? 4 : blocks / (threads * 8);
    row_blocks = std::max(2u, wanted / 2 * 2);
    row_pieces = (blocks + row_blocks - 1) / row_blocks;
  }
};

}  // namespace

/// Decodes compute while memory is half idle: what the next attention reads is fetched meanwhile, up to half
/// of the last-level cache.
void decoder::announce(const step_layout& step) {
  const bool many = step.rows() >= fetch_least_rows && step.rows() <= fetch_most_rows;
  for (fetch_cursor& c : cursors_) c = {.from = many ? queue_.get() : nullptr};
  for (std::size_t g = 0; g < coming_pages_.size(); ++g) {
    std::vector<std::uint32_t>& pages = coming_pages_[g];
    pages.clear();
    if (!many) continue;
    const std::uint32_t window = kv_.groups()[g].window;
    for (const step_layout::sequence& s : step.sequences()) {
      const std::uint32_t first = window != 0 && s.position >= window ? s.position - window + 1 : 0;
      const std::uint32_t last = (s.position + s.rows - 1) / kv_.page_tokens();
      for (std::uint32_t p = first / kv_.page_tokens(); p <= last && pages.size() < pages.capacity(); ++p)
        pages.push_back(s.tables[g][p]);
    }
  }
}

/// From now on, products fetch what the attention of `layer` reads.
void decoder::announce_layer(std::uint32_t layer) {
  if (layer == spec().layers || cursors_[0].from == nullptr) {
    queue_->count = 0;
    return;
  }
  const std::vector<std::uint32_t>& pages = coming_pages_[kv_.group_of(layer)];
  const kv_view view = kv_.view(layer, 0, nullptr);
  queue_->base = view.pool;
  queue_->page_bytes = view.page_bytes;
  queue_->bytes = 2 * view.value_offset * spec().kv_heads;
  queue_->pages = pages.data();
  queue_->count = static_cast<std::uint32_t>(std::min(pages.size(), fetch_bytes_ / queue_->bytes));
  queue_->next.store(0, std::memory_order_relaxed);
  for (fetch_cursor& c : cursors_) c.left = 0;
}

void decoder::project(std::span<const part> parts, const activation_rows& from, std::size_t rows, float* out,
                      std::size_t stride, bool add, team& workers) {
  std::uint32_t blocks = 0;
  for (const part& p : parts) blocks += p.matrix->view.row_blocks;
  const cut c(rows, blocks, workers.threads());
  std::uint32_t row_pieces = 0;
  for (const part& p : parts) row_pieces += (p.matrix->view.row_blocks + c.row_blocks - 1) / c.row_blocks;
  const auto pieces = static_cast<std::uint32_t>(c.token_blocks) * row_pieces;
  workers.run(pieces, [&](std::uint32_t piece, unsigned thread) {
    const std::size_t first = piece / row_pieces * c.tokens;
    std::uint32_t at = piece % row_pieces;
    for (const part& p : parts) {
      const std::uint32_t here = (p.matrix->view.row_blocks + c.row_blocks - 1) / c.row_blocks;
      if (at >= here) {
        at -= here;
        continue;
      }
      const std::uint32_t block = at * c.row_blocks;
      const std::uint32_t count = std::min(c.row_blocks, p.matrix->view.row_blocks - block);
      kernels_.product(p.matrix->blocks(block, count), from.from(first), std::min(c.tokens, rows - first),
                       {out + first * stride + p.column + std::size_t{block} * block_rows, stride, add},
                       coming(thread));
      return;
    }
  });
}

void decoder::feed_forward(const packed_layer& layer, std::size_t rows, team& workers) {
  constexpr std::size_t width = 2 * block_rows;  // of a piece: a group of the activations that down reads
  const std::size_t blocks = layer.gate.view.row_blocks;
  const auto columns = static_cast<std::uint32_t>((blocks + 1) / 2);
  const std::size_t token_blocks = (rows + token_block - 1) / token_block;
  const std::size_t tokens = ((rows + token_blocks - 1) / token_blocks + 5) / 6 * 6;
  const auto kind = spec().act == model::activation::silu ? gate_kind::silu : gate_kind::gelu_tanh;
  workers.run(static_cast<std::uint32_t>(token_blocks) * columns, [&](std::uint32_t piece, unsigned thread) {
    auto* const gate = reinterpret_cast<float*>(scratch_ + thread * scratch_step_);
    float* const up = gate + feed_forward_rows * width;
    const std::uint32_t block = piece % columns * 2;
    const std::uint32_t count = std::min(2u, static_cast<std::uint32_t>(blocks) - block);
    const std::size_t column = std::size_t{block} * block_rows;
    const std::size_t n = std::min(width, hidden_.columns - column);
    const std::size_t start = piece / columns * tokens;
    const std::size_t end = std::min(rows, start + tokens);
    for (std::size_t t = start; t < end; t += feed_forward_rows) {
      const std::size_t here = std::min(feed_forward_rows, end - t);
      const activation_rows from = input_.rows().from(t);
      kernels_.product(layer.gate.blocks(block, count), from, here, {gate, width, false}, coming(thread));
      kernels_.product(layer.up.blocks(block, count), from, here, {up, width, false}, coming(thread));
      // Where a piece is half as wide as others, the other half holds anything and is not read.
      kernels_.gate(kind, gate, up, here * width, gate);
      const std::size_t to = t * hidden_.columns + column;
      if (hidden_.values != nullptr)
        kernels_.quantize(gate, here, hidden_.values + to, hidden_.notes + to / group_columns,
                          hidden_.columns / group_columns);
      for (std::size_t i = 0; hidden_.floats != nullptr && i < here; ++i)
        std::memcpy(hidden_.floats + to + i * hidden_.columns, gate + i * width, n * sizeof(float));
    }
  });
}

void decoder::logits(std::size_t first, std::size_t count, float* out, std::size_t stride, team& workers) {
  const part head[] = {{&weights_.output, 0}};
  project(head, input_.rows().from(first), count, out, stride, false, workers);
  if (spec().logit_soft_cap != 0) {
    workers.run(static_cast<std::uint32_t>(count), [&](std::uint32_t i, unsigned) {
      kernels_.soft_cap(out + i * stride, stride, spec().logit_soft_cap);
    });
  }
}

void decoder::best(std::span<best_logit> out, team& workers) {
  const packed_matrix& head = weights_.output;
  const std::uint32_t pieces = (head.view.row_blocks + best_blocks - 1) / best_blocks;
  workers.run(pieces, [&](std::uint32_t piece, unsigned thread) {
    auto* const logits = reinterpret_cast<float*>(scratch_ + thread * scratch_step_);
    constexpr std::size_t stride = best_blocks * block_rows;
    const std::uint32_t block = piece * best_blocks;
    const std::uint32_t count = std::min(best_blocks, head.view.row_blocks - block);
    const auto row = static_cast<std::int32_t>(block * block_rows);
    const std::size_t here = std::min<std::size_t>(stride, head.rows - block * block_rows);
    kernels_.product(head.blocks(block, count), input_.rows(), out.size(), {logits, stride, false}, nullptr);
    for (std::size_t i = 0; i < out.size(); ++i) {
      best_logit& to = best_[piece * best_rows + i];
      to = kernels_.best(logits + i * stride, here);
      if (to.id >= 0) to.id += row;
    }
  });
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = {};
    for (std::uint32_t piece = 0; piece < pieces; ++piece) {
      const best_logit& b = best_[piece * best_rows + i];
      if (b.id >= 0 && (out[i].id < 0 || b.value > out[i].value)) out[i] = b;
    }
  }
}

}  // namespace hawser::cpu
