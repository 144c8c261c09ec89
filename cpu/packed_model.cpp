#include "cpu/packed_model.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <string>

namespace hawser::cpu {
namespace {

constexpr std::size_t alignment = 64;

/// Collects what is to be packed, so that one buffer can be sized before anything is written.
class packing_list {
 public:
  void add(const model::tensor_view* from, packed_matrix& to) {
    if (from == nullptr) return;
    to.rows = static_cast<std::uint32_t>(from->rows());
    to.view = {nullptr, format_of(from->type), static_cast<std::uint32_t>(from->columns()),
               static_cast<std::uint32_t>((from->rows() + block_rows - 1) / block_rows)};
    jobs_.push_back({from, &to, bytes_});
    bytes_ +=
        (packed_bytes(from->type, from->rows(), from->columns()) + alignment - 1) / alignment * alignment;
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  void pack(const buffer& memory, unsigned threads) {
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
      for (const job& j : jobs_) {
        std::byte* const to = memory.data() + j.offset;
        const std::size_t step = row_block_bytes(j.to->view.format, j.to->view.columns);
        j.to->view.data = to;
        tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, j.to->view.row_blocks, 4),
                          [&](const auto& range) {
                            for (std::uint32_t b = range.begin(); b != range.end(); ++b)
                              pack_block(*j.from, b, to + b * step);
                          });
      }
    });
  }

 private:
  struct job {
    const model::tensor_view* from;
    packed_matrix* to;
    std::size_t offset;
  };
  std::vector<job> jobs_;
  std::size_t bytes_ = 0;
};

std::vector<float> floats_of(const model::tensor_view* from) {
  if (from == nullptr) return {};
  std::vector<float> out(from->columns() * from->rows());
  model::dequantize(from->type, from->data, out);
  return out;
}

void add_layer(const model::layer_tensors& from, packed_layer& to, packing_list& list) {
  to.attention_norm = floats_of(from.attention_norm);
  to.q_bias = floats_of(from.q_bias);
  to.k_bias = floats_of(from.k_bias);
  to.v_bias = floats_of(from.v_bias);
  to.q_norm = floats_of(from.q_norm);
  to.k_norm = floats_of(from.k_norm);
  to.post_attention_norm = floats_of(from.post_attention_norm);
  to.feed_forward_norm = floats_of(from.feed_forward_norm);
  to.post_feed_forward_norm = floats_of(from.post_feed_forward_norm);
  list.add(from.q, to.q);
  list.add(from.k, to.k);
  list.add(from.v, to.v);
  list.add(from.attention_output, to.attention_output);
  list.add(from.gate, to.gate);
  list.add(from.up, to.up);
  list.add(from.down, to.down);
}

model::result<void> check(const model::gguf_file& file, const model::decoder_spec& spec) {
  const auto refuse = [&](const std::string& what) {
    return model::error{model::errc::unsupported, file.path() + ": " + what};
  };
  if (spec.width % 16 != 0)
    return refuse("the embedding length " + std::to_string(spec.width) + " is not a multiple of 16.");
  if (spec.head_dim % 2 != 0)
    return refuse("the head dimension " + std::to_string(spec.head_dim) + " is odd.");
  for (const model::tensor_view& t : file.tensors())
    if (!is_float(format_of(t.type)) && t.columns() % group_columns != 0)
      return refuse("tensor " + std::string(t.name) + " has rows of " + std::to_string(t.columns()) +
                    " values, which is not a multiple of 32.");
  return {};
}

}  // namespace

model::result<packed_model> packed_model::make(const model::gguf_file& file, const model::decoder_spec& spec,
                                               unsigned threads, const std::set<int>& nodes) {
  if (auto ok = check(file, spec); !ok) return ok.error();
  auto bound = model::bind_tensors(file, spec);
  if (!bound) return bound.error();
  packed_model out;
  out.spec = spec;
  out.layers.resize(spec.layers);
  out.output_norm = floats_of(bound->output_norm);
  out.rope_factors = floats_of(bound->rope_factors);
  packing_list list;
  list.add(bound->embedding, out.embedding);
  for (std::uint32_t l = 0; l < spec.layers; ++l) add_layer(bound->layer[l], out.layers[l], list);
  const bool tied = bound->output == bound->embedding;
  if (!tied) list.add(bound->output, out.output);
  auto memory = buffer::make(list.bytes(), "packed weights");
  if (!memory) return memory.error();
  memory->spread(nodes);
  list.pack(*memory, threads);
  if (tied) out.output = out.embedding;
  out.memory = std::move(*memory);
  return out;
}

std::size_t packed_model::bytes() const noexcept {
  std::size_t sum = memory.size() + (output_norm.size() + rope_factors.size()) * sizeof(float);
  for (const packed_layer& l : layers)
    for (const auto* v : {&l.attention_norm, &l.q_bias, &l.k_bias, &l.v_bias, &l.q_norm, &l.k_norm,
                          &l.post_attention_norm, &l.feed_forward_norm, &l.post_feed_forward_norm})
      sum += v->size() * sizeof(float);
  return sum;
}

}  // namespace hawser::cpu
