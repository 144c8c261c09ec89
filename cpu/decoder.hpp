/// Interprets a decoder specification over packed weights: rows of tokens in, hidden states out.
#pragma once

#include "cpu/buffer.hpp"
#include "cpu/kv_pool.hpp"
#include "cpu/packed_model.hpp"
#include "cpu/step_layout.hpp"
#include "cpu/team.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hawser::cpu {

/// Activations in the forms that some matrices want.
struct activation_buffer {
  std::int8_t* values = nullptr;  ///< null when no matrix that reads it is quantized
  group_note* notes = nullptr;
  float* floats = nullptr;  ///< null when no matrix that reads it is of floats
  std::uint32_t columns = 0;

  [[nodiscard]] activation_rows rows() const noexcept { return {values, notes, floats, columns}; }
};

/// Rows of the feed-forward layer that stay in the first-level cache between gate, up and activation.
inline constexpr std::size_t feed_forward_rows = 48;
inline constexpr std::size_t feed_forward_scratch = feed_forward_rows * 2 * (2 * block_rows) * sizeof(float);

/// Rows of a step whose products leave memory idle, and that do not share keys as a prompt's do.
inline constexpr std::uint32_t fetch_least_rows = 4;
inline constexpr std::uint32_t fetch_most_rows = 64;

/// Logits that best() works on at once: a piece's fill half of a first-level cache.
inline constexpr std::size_t best_rows = 32;
inline constexpr std::uint32_t best_blocks = 8;
inline constexpr std::size_t best_scratch = best_rows * best_blocks * block_rows * sizeof(float);

/// Not thread-safe: one step at a time. Buffers are sized when it is made; a step allocates nothing.
class decoder {
 public:
  [[nodiscard]] static model::result<decoder> make(packed_model weights, const kernel_set& kernels,
                                                   kv_pool kv, std::uint32_t step_tokens, unsigned threads);

  /// Runs every row through every layer and writes its keys and values. State i is then the hidden state of
  /// row wanted[i] (ascending): the last layer computes no others.
  void run(const step_layout& step, std::span<const std::uint32_t> wanted, team& workers);

  /// The final norm of these states; normed(i) is then that of states[i]. At most step_tokens of them.
  void norm(std::span<const std::uint32_t> states, team& workers);
  [[nodiscard]] std::span<const float> normed(std::size_t i) const noexcept {
    return {normed_ + i * spec().width, spec().width};
  }
  /// Logits of normed rows [first, first + count) to out[i * stride], in whole blocks of 16.
  void logits(std::size_t first, std::size_t count, float* out, std::size_t stride, team& workers);
  /// The best logit of normed rows [0, out.size()), without keeping any logits. At most best_rows of them.
  void best(std::span<best_logit> out, team& workers);

  [[nodiscard]] const model::decoder_spec& spec() const noexcept { return weights_.spec; }
  [[nodiscard]] const kv_pool& kv() const noexcept { return kv_; }
  [[nodiscard]] const kernel_set& kernels() const noexcept { return kernels_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return weights_.bytes(); }
  [[nodiscard]] std::size_t scratch_bytes() const noexcept { return memory_.size(); }
  /// Rows of one sequence that attention works on together.
  [[nodiscard]] std::uint32_t tile_rows() const noexcept;

 private:
  /// A product's outputs that go to one matrix's columns of a shared row.
  struct part {
    const packed_matrix* matrix = nullptr;
    std::size_t column = 0;
  };
  struct rope_table {
    model::rope_spec spec;
    std::vector<double> frequencies;  // [dims / 2], of each pair; empty: nothing is turned
    float* turns = nullptr;           // [row][cosines, sines][dims]
  };

  decoder(packed_model weights, const kernel_set& kernels, kv_pool kv)
      : weights_(std::move(weights)), kernels_(kernels), kv_(std::move(kv)) {}

  model::result<void> lay_out(std::uint32_t step_tokens, unsigned threads);
  void find_ropes();
  void embed(const step_layout& step, team& workers);
  void turn(std::uint32_t position, const rope_table& table, float* to) const;
  void feed(const float* row, std::size_t index, const activation_buffer& to) const;
  void norm_rows(std::size_t rows, team& workers, const std::vector<float>* post,
                 const std::vector<float>& weight);
  void project(std::span<const part> parts, const activation_rows& from, std::size_t rows, float* out,
               std::size_t stride, bool add, team& workers);
  void announce(const step_layout& step);
  void announce_layer(std::uint32_t layer);
  [[nodiscard]] fetch_cursor* coming(unsigned thread) { return &cursors_[thread]; }
  void place_heads(const step_layout& step, team& workers, std::uint32_t layer);
  void turn_heads(std::uint32_t row, std::uint32_t layer) const;
  void store_heads(const step_layout& step, std::uint32_t row, std::uint32_t count,
                   std::uint32_t layer) const;
  void keep(const step_layout& step, std::span<const std::uint32_t> wanted);
  void attend(const step_layout& step, std::size_t rows, team& workers, std::uint32_t layer);
  void feed_forward(const packed_layer& layer, std::size_t rows, team& workers);
  [[nodiscard]] std::size_t residual_columns() const noexcept { return weights_.spec.width; }

  packed_model weights_;
  kernel_set kernels_;
  kv_pool kv_;
  buffer memory_;
  std::vector<rope_table> ropes_;       // one for each different rope
  std::vector<std::uint32_t> rope_of_;  // [layer]
  float* residual_ = nullptr;           // [row][width]
  float* branch_ = nullptr;             // [row][width], a branch's output before its post norm
  float* qkv_ = nullptr;                // [row][qkv_columns_]
  float* attended_ = nullptr;           // [row][q_width]
  float* normed_ = nullptr;             // [row][width]
  activation_buffer input_;             // of q, k, v, gate, up and the output head
  activation_buffer heads_;             // of the attention output
  activation_buffer hidden_;            // of down
  std::size_t qkv_columns_ = 0;
  std::size_t k_column_ = 0;
  std::size_t v_column_ = 0;
  std::vector<std::uint32_t> kept_;  // [row] its place among the rows that go on, or no_place
  std::unique_ptr<fetch_queue> queue_;
  std::vector<fetch_cursor> cursors_;                     // [thread]
  std::vector<std::vector<std::uint32_t>> coming_pages_;  // [group]
  std::size_t fetch_bytes_ = 0;
  best_logit* best_ = nullptr;    // [piece of the vocabulary][row]
  std::byte* scratch_ = nullptr;  // [thread][scratch_step_]
  std::size_t scratch_step_ = 0;
};

}  // namespace hawser::cpu
