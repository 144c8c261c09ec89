#include "cli/quantized_file.hpp"

#include "cli/failure.hpp"
#include "cli/partial_file.hpp"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

namespace hawser::cli {

namespace {

using model::tensor_type;

/// Rows of one tensor that are turned together: some 64 K values, so that source, floats and result stay in a
/// second-level cache.
struct piece {
  std::size_t tensor = 0;
  std::uint64_t first = 0;
  std::uint64_t rows = 0;
};

std::vector<piece> cut(std::span<const model::planned_tensor> plan) {
  constexpr std::uint64_t values = 1u << 16;
  std::vector<piece> pieces;
  for (std::size_t t = 0; t < plan.size(); ++t) {
    const model::tensor_view& from = *plan[t].from;
    const std::uint64_t step = std::max<std::uint64_t>(1, values / from.columns());
    for (std::uint64_t row = 0; row < from.rows(); row += step)
      pieces.push_back({t, row, std::min(step, from.rows() - row)});
  }
  return pieces;
}

/// What the type cannot hold: not a number, infinities, and what a half is too small for.
void check(const model::planned_tensor& tensor, std::uint64_t first_row, std::span<const float> values) {
  if (tensor.type == tensor_type::f32 || tensor.type == tensor_type::bf16) return;
  constexpr float too_large = 65520.0f;  // the least that rounds to an infinite half
  const auto bad =
      std::find_if_not(values.begin(), values.end(), [](float x) { return std::fabs(x) < too_large; });
  if (bad == values.end()) return;
  const std::uint64_t row =
      first_row + static_cast<std::uint64_t>(bad - values.begin()) / tensor.from->columns();
  throw failure(exit_code::model, "tensor \"" + std::string(tensor.from->name) + "\" holds " +
                                      std::to_string(*bad) + " in row " + std::to_string(row) +
                                      ", which type " + std::string(name_of(tensor.type)) +
                                      " cannot hold: the file may be damaged; bf16 and f32 take it as it is");
}

/// Scratch of one thread.
struct buffers {
  std::vector<float> values;
  std::vector<std::byte> bytes;
};

void turn(const model::planned_tensor& tensor, const piece& part, std::uint64_t start,
          const partial_file& out, buffers& scratch) {
  const model::tensor_view& from = *tensor.from;
  const std::size_t row_bytes = from.row_bytes();
  const auto source = from.data.subspan(part.first * row_bytes, part.rows * row_bytes);
  if (from.type == tensor.type) return out.write(start + part.first * row_bytes, source);
  const model::block_shape shape = model::shape_of(tensor.type);
  const std::uint64_t new_row = from.columns() / shape.values * shape.bytes;
  scratch.values.resize(part.rows * from.columns());
  scratch.bytes.resize(part.rows * new_row);
  model::dequantize(from.type, source, scratch.values);
  check(tensor, part.first, scratch.values);
  model::quantize(tensor.type, scratch.values, scratch.bytes).value();
  out.write(start + part.first * new_row, scratch.bytes);
}

}  // namespace

void write_quantized(const model::gguf_file& file, tensor_type type,
                     std::span<const model::planned_tensor> plan, const std::string& path, unsigned threads,
                     const quantize_watch& seen) {
  const model::gguf_writer layout = model::quantized_header(file, type, plan);
  const auto header = layout.header();
  partial_file out(path, header.size() + layout.data_size());
  out.write(0, header);
  const std::vector<piece> pieces = cut(plan);
  std::uint64_t all = 0;
  for (const model::planned_tensor& tensor : plan) all += tensor.from->data.size();
  std::uint64_t done = 0;
  std::mutex progress;
  tbb::enumerable_thread_specific<buffers> scratch;
  tbb::task_arena arena(threads == 0 ? tbb::task_arena::automatic : static_cast<int>(threads));
  arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, pieces.size(), [&](std::size_t i) {
      const piece& part = pieces[i];
      const model::planned_tensor& tensor = plan[part.tensor];
      turn(tensor, part, header.size() + layout.offset(part.tensor), out, scratch.local());
      const std::scoped_lock lock(progress);
      done += part.rows * tensor.from->row_bytes();
      if (seen) seen(done, all);
    });
  });
  // What is about to take the name has been read as every model is.
  if (const auto made = model::gguf_file::open(out.partial_path()); !made)
    throw failure(exit_code::internal, "the written file does not read: " + made.error().what);
  out.finish();
}

}  // namespace hawser::cli
