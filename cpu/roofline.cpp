#include "cpu/roofline.hpp"

#include "cpu/buffer.hpp"
#include "cpu/core_count.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/packed_matrix.hpp"
#include "cpu/roofline_limits.hpp"
#include "cpu/team.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace hawser::cpu {
namespace {

using model::tensor_type;

constexpr std::array types{tensor_type::q4_0, tensor_type::q4_1, tensor_type::q4_k, tensor_type::q5_0,
                           tensor_type::q5_1, tensor_type::q5_k, tensor_type::q6_k, tensor_type::q8_0,
                           tensor_type::f16,  tensor_type::bf16, tensor_type::f32};
constexpr std::array<std::size_t, 4> row_counts{1, 8, 32, 512};
constexpr std::size_t streamed = std::size_t{128}
                                 << 20;  // several times what a last-level cache keeps for one program
constexpr std::uint32_t page_tokens = 32;
constexpr std::uint32_t seen = 1024;  // positions that attention looks back on

std::size_t rounded(std::size_t n, std::size_t multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/// Activations in the kernels' form; what they are does not matter to the arithmetic, as long as it stays
/// finite.
struct activations {
  activations(std::size_t rows, std::size_t columns)
      : values(rows * columns, 3), notes(rows * columns / group_columns, group_note{0.01f, 0.96f, -96, -48}),
        floats(rows * columns, 0.5f), width(static_cast<std::uint32_t>(columns)) {}

  [[nodiscard]] activation_rows rows() const { return {values.data(), notes.data(), floats.data(), width}; }

  std::vector<std::int8_t> values;
  std::vector<group_note> notes;
  std::vector<float> floats;
  std::uint32_t width;
};

class measurement {
 public:
  measurement(const model::decoder_spec& spec, const roofline_request& how, const kernel_set& kernels,
              unsigned threads, const buffer& memory)
      : spec_(spec), how_(how), kernels_(kernels), workers_(threads), memory_(memory) {
    bf16_ = kernels.attend[static_cast<int>(kv_type::bf16)] == attend_bf16_or_null();
    out_.kernels = kernels.name;
    out_.threads = threads;
    all_ = 2 + types.size() * row_counts.size() + 2 + 2 + 1;
  }

  roofline run(tensor_type head) {
    std::memset(memory_.data(), 1, memory_.size());
    limits();
    for (const tensor_type type : types) products(type);
    pack(head, head_columns(head));
    for (const std::size_t rows : {std::size_t{1}, std::size_t{8}}) {
      const std::size_t whole = packed_bytes(head, spec_.vocabulary, head_columns(head));
      product("head " + std::string(name_of(head)), head, head_columns(head), rows,
              std::min(whole, memory_.size()));
    }
    attention("attention, decode", 1);
    attention("attention, prompt", attention_rows);
    norms();
    limits();
    for (roofline_row& row : out_.rows) place(row);
    return std::move(out_);
  }

 private:
  /// K-quants need rows of 256.
  [[nodiscard]] std::size_t head_columns(tensor_type type) const {
    return rounded(spec_.width, std::max<std::size_t>(model::shape_of(type).values, group_columns));
  }

  static void (*attend_bf16_or_null())(const attention_job&, std::byte*) {
#if defined(__x86_64__)
    return attend_bf16;
#else
    return nullptr;
#endif
  }

  /// Before and after the kernels, the better counts: a machine is not as fast, or as free, at every moment.
  void limits() {
    next("limits");
    const machine_limits now = measure_limits(kernels_.name, bf16_, memory_, workers_, how_.quick);
    machine_limits& best = out_.limits;
    best = {std::max(best.int8, now.int8), std::max(best.bf16, now.bf16), std::max(best.f32, now.f32),
            std::max(best.read_one, now.read_one), std::max(best.read_all, now.read_all)};
  }

  [[nodiscard]] unsigned repeats() const { return how_.quick ? 1 : 9; }

  void next(const std::string& what) {
    if (how_.watch) how_.watch(what, done_, all_);
    ++done_;
  }

  void add(std::string kernel, double multiply_adds, double bytes, double seconds, bound arithmetic) {
    out_.rows.push_back({std::move(kernel), multiply_adds, bytes, seconds, arithmetic, 0});
  }

  /// Against the longer of its arithmetic and its bytes.
  void place(roofline_row& row) const {
    const machine_limits& l = out_.limits;
    const double most = row.by == bound::int8 ? l.int8 : row.by == bound::bf16 ? l.bf16 : l.f32;
    const double computing = most > 0 ? row.multiply_adds / most : 0;
    const double reading = row.bytes / l.read_all;
    if (reading >= computing) row.by = bound::memory;
    row.share = std::max(computing, reading) / row.seconds;
  }

  /// Fills the memory with copies of one packed matrix of random weights; its row blocks are then all of that
  /// size.
  void pack(tensor_type type, std::size_t columns) {
    constexpr std::size_t rows = 256;
    std::mt19937 chance(1);
    std::normal_distribution<float> normal(0.0f, 0.05f);
    std::vector<float> floats(rows * columns);
    for (float& x : floats) x = normal(chance);
    const model::block_shape shape = model::shape_of(type);
    std::vector<std::byte> bytes(floats.size() / shape.values * shape.bytes);
    model::quantize(type, floats, bytes).value();
    model::tensor_view from;
    from.type = type;
    from.rank = 2;
    from.dims = {columns, rows, 1, 1};
    from.data = bytes;
    const std::size_t block = row_block_bytes(format_of(type), columns);
    for (std::size_t b = 0; b < rows / block_rows; ++b) pack_block(from, b, memory_.data() + b * block);
    const std::size_t one = block * (rows / block_rows);
    for (std::size_t at = one; at + one <= memory_.size(); at += one)
      std::memcpy(memory_.data() + at, memory_.data(), one);
  }

  void products(tensor_type type) {
    const std::size_t columns = rounded(spec_.width, 256);
    pack(type, columns);
    // Few rows read their weights from memory; many find those of one matrix in a cache after the first.
    for (const std::size_t rows : row_counts)
      product("product " + std::string(name_of(type)), type, columns, rows,
              rows <= 8 ? memory_.size() : streamed / 16);
  }

  /// Weights of `bytes`, at most, times `rows` activations.
  void product(const std::string& name, tensor_type type, std::size_t columns, std::size_t rows,
               std::size_t bytes) {
    next(name + ", " + std::to_string(rows));
    const weight_format format = format_of(type);
    const std::size_t block = row_block_bytes(format, columns);
    constexpr std::uint32_t together = 4;  // row blocks of a piece, as the decoder cuts them
    const auto pieces = static_cast<std::uint32_t>(bytes / (block * together));
    const activations from(rows, columns);
    std::vector<std::vector<float>> to(workers_.threads(), std::vector<float>(rows * together * block_rows));
    const double seconds = fastest_seconds(repeats(), [&] {
      workers_.run(pieces, [&](std::uint32_t piece, unsigned thread) {
        const packed_view part{memory_.data() + piece * together * block, format,
                               static_cast<std::uint32_t>(columns), together};
        kernels_.product(part, from.rows(), rows,
                         {to[thread].data(), std::size_t{together} * block_rows, false}, nullptr);
      });
    });
    const double weights = static_cast<double>(pieces) * together * block_rows * static_cast<double>(columns);
    add(name + ", " + std::to_string(rows) + (rows == 1 ? " row" : " rows"),
        weights * static_cast<double>(rows),
        static_cast<double>(pieces) * together * static_cast<double>(block), seconds,
        is_float(format) ? bound::f32 : bound::int8);
  }

  /// `tokens` queries of each head of one sequence after another, over `seen` positions; heads that share
  /// keys go together.
  void attention(const std::string& name, std::uint32_t tokens) {
    const std::uint32_t padded = static_cast<std::uint32_t>(rounded(spec_.head_dim, 16));
    const std::size_t page_bytes = std::size_t{padded} * page_tokens * 4;
    const std::uint32_t pages = seen / page_tokens;
    const auto heads = static_cast<std::uint32_t>(
        std::min<std::size_t>(memory_.size() / (page_bytes * pages), tokens == 1 ? 512 : 64));
    next(name);
    // 0x3c00 is a small number as bf16 and 1 as f16.
    std::uint16_t one = 0x3c00;
    for (std::size_t at = 0; at < page_bytes * pages * heads; at += sizeof one)
      std::memcpy(memory_.data() + at, &one, sizeof one);
    std::vector<std::uint32_t> table(pages);
    for (std::uint32_t p = 0; p < pages; ++p) table[p] = p;
    const std::uint32_t group = std::max(1u, spec_.heads / std::max(1u, spec_.kv_heads));
    const std::uint32_t queries = std::min<std::uint32_t>(attention_rows, tokens == 1 ? group : tokens);
    const std::vector<float> query(padded, 0.1f);
    std::vector<std::vector<float>> out(workers_.threads(),
                                        std::vector<float>(std::size_t{attention_rows} * padded));
    std::vector<std::vector<std::byte>> scratch(
        workers_.threads(), std::vector<std::byte>(attention_scratch(kv_type::bf16, padded, page_tokens)));
    const double seconds = fastest_seconds(repeats(), [&] {
      workers_.run(heads, [&](std::uint32_t head, unsigned thread) {
        attention_job job{};
        for (std::uint32_t i = 0; i < queries; ++i) {
          job.queries[i] = query.data();
          job.outputs[i] = out[thread].data() + std::size_t{i} * padded;
          job.positions[i] = tokens == 1 ? seen - 1 : seen - queries + i;
        }
        job.count = queries;
        job.head_dim = spec_.head_dim;
        job.kv = {memory_.data() + head * page_bytes * pages,
                  page_bytes,
                  page_bytes / 2,
                  table.data(),
                  page_tokens,
                  padded};
        kernels_.attend[static_cast<int>(kv_type::bf16)](job, scratch[thread].data());
      });
    });
    const double pairs = static_cast<double>(queries) * (seen - (tokens == 1 ? 0.0 : (queries - 1) / 2.0));
    add(name + ", " + std::to_string(queries) + " queries over " + std::to_string(seen),
        2.0 * pairs * spec_.head_dim * heads, static_cast<double>(page_bytes) * pages * heads, seconds,
        bf16_ ? bound::bf16 : bound::f32);
  }

  /// Rows that stay in a cache: a square, a weight and a quantized value for each, and nothing from memory.
  void norms() {
    next("norms");
    constexpr std::size_t rows = 512;
    const std::size_t width = rounded(spec_.width, group_columns);
    std::vector<float> from(rows * width, 0.5f), to(rows * width), weight(width, 1.0f);
    std::vector<std::int8_t> values(rows * width);
    std::vector<group_note> notes(rows * width / group_columns);
    constexpr std::uint32_t pieces = 64;
    constexpr std::uint32_t rounds = 16;
    const double seconds = fastest_seconds(repeats(), [&] {
      workers_.run(pieces * rounds, [&](std::uint32_t piece, unsigned) {
        for (std::size_t r = piece % pieces; r < rows; r += pieces) {
          kernels_.rms_norm(&from[r * width], weight.data(), width, 1e-5f, &to[r * width]);
          kernels_.quantize(&to[r * width], width / group_columns, &values[r * width],
                            &notes[r * width / group_columns], 1);
        }
      });
    });
    const double count = static_cast<double>(rows * width) * rounds;
    add("norm and quantize, 512 rows", 3.0 * count, 0, seconds, bound::f32);
  }

  const model::decoder_spec& spec_;
  const roofline_request& how_;
  const kernel_set& kernels_;
  team workers_;
  const buffer& memory_;
  bool bf16_ = false;
  std::size_t done_ = 0;
  std::size_t all_ = 0;
  roofline out_;
};

}  // namespace

model::result<roofline> measure_roofline(const model::decoder_spec& spec, tensor_type head,
                                         const roofline_request& how) {
  const auto kernels = choose_set(how.kernels);
  if (!kernels) return kernels.error();
  const auto memory = buffer::make(how.quick ? streamed / 8 : streamed, "roofline");
  if (!memory) return memory.error();
  const unsigned threads = how.threads != 0 ? how.threads : available_cores(this_machine());
  return measurement(spec, how, *kernels, threads, *memory).run(head);
}

}  // namespace hawser::cpu
