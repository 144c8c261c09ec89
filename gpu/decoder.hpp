/// Interprets a decoder specification on a device: gives the kernels of a step to a stream, in order.
#pragma once

#include "gpu/device_model.hpp"
#include "gpu/kernel_table.hpp"
#include "gpu/work_queue.hpp"
#include "model/page_plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace hawser::gpu {

/// The rows of a step, in memory of the device.
struct device_rows {
  const int* tokens = nullptr;
  const int* position = nullptr;
  const int* sequence = nullptr;
  std::array<const int*, model::max_page_groups> tables{};
  std::array<int, model::max_page_groups> table_stride{};
  int rows = 0;
  int last_position = 0;  ///< the largest of any row
};

struct decoder_wish {
  std::uint32_t page_tokens = 32;
  std::uint32_t step_tokens = 0;
  std::uint32_t logit_rows = 0;  ///< rows whose logits are there at once
};

/// Not thread-safe. Memory is taken when it is made; a step takes none.
class decoder {
 public:
  /// Errors: memory that the device does not give, with the numbers.
  [[nodiscard]] static model::result<decoder> make(const cuda_runtime& calls, device_model weights,
                                                   kernel_table kernels, model::page_plan pages,
                                                   const decoder_wish& wish);

  /// Bytes that a step works in, beside weights, keys and values.
  [[nodiscard]] static std::size_t scratch_for(device_model weights, std::uint32_t context,
                                               const decoder_wish& wish);

  void copy_page(work_queue& to, model::page_copy pages) const;
  /// Runs every row through every layer and writes its keys and values.
  void run(work_queue& to, const device_rows& step) const;
  /// The final norm of `count` rows, at most step_tokens: normed() has them in this order.
  void norm(work_queue& to, const int* rows, int count) const;
  /// Logits of normed rows [first, first + count), at most logit_rows.
  void logits(work_queue& to, int first, int count) const;
  /// The best token of each of the `count` rows of logits, or -1.
  void best(work_queue& to, int count, int* ids) const;
  /// The token that model::sampler draws from each of the `count` rows of logits, or -1. The logits are gone.
  void draw(work_queue& to, int count, const kernels::draw_terms* terms, int* ids) const;

  [[nodiscard]] const float* normed() const noexcept { return at_.normed; }
  [[nodiscard]] const float* logits() const noexcept { return at_.logits; }
  [[nodiscard]] const model::decoder_spec& spec() const noexcept { return weights_.spec; }
  [[nodiscard]] const model::page_plan& pages() const noexcept { return pages_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return weights_.bytes; }
  [[nodiscard]] std::size_t kv_bytes() const noexcept;
  [[nodiscard]] std::size_t scratch_bytes() const noexcept { return scratch_bytes_; }

 private:
  struct buffers {
    float* residual = nullptr;  // [row][width]
    float* branch = nullptr;    // [row][width], before its post norm
    float* normed = nullptr;    // [row][width]
    float* qkv = nullptr;       // [row][q_width + 2 kv_width]
    float* attended = nullptr;  // [row][q_width]
    float* pairs = nullptr;     // [row][gate, up]
    float* hidden = nullptr;    // [row][feed_forward]
    float* parts = nullptr;     // of attention, for some rows at a time
    float* logits = nullptr;    // [logit_rows][vocabulary]
    kernels::quantized_rows quantized{};
    std::vector<float*> turns;  // [rope]
  };
  struct branch_norm {
    const float* post = nullptr;
    const float* next = nullptr;
  };

  [[nodiscard]] std::size_t plan_scratch(std::uint32_t context, const decoder_wish& wish);
  [[nodiscard]] std::size_t lay_out(std::byte* base, const decoder_wish& wish);
  void product(work_queue& to, const device_matrix& m, const float* x, int rows, float* out,
               std::size_t stride, bool add) const;
  void norm_rows(work_queue& to, int rows, branch_norm weights, bool quantized) const;
  void heads(work_queue& to, const device_rows& step, std::size_t layer) const;
  void attend(work_queue& to, const device_rows& step, std::size_t layer, const kernels::page_view& kv) const;
  void feed_forward(work_queue& to, const device_layer& layer, int rows, float* out) const;
  [[nodiscard]] kernels::quantized_rows eight_bits(bool wanted) const {
    return wanted ? at_.quantized : kernels::quantized_rows{};
  }
  [[nodiscard]] std::size_t qkv_columns() const noexcept {
    return spec().q_width() + 2 * std::size_t{spec().kv_width()};
  }

  const cuda_runtime* calls_ = nullptr;
  device_model weights_;
  kernel_table kernels_;
  model::page_plan pages_;
  int page_tokens_ = 0;
  std::size_t parts_floats_ = 0;
  std::size_t scratch_bytes_ = 0;
  buffers at_;
  std::vector<std::shared_ptr<std::byte>> pools_;  // [group]
  std::shared_ptr<std::byte> scratch_;
};

}  // namespace hawser::gpu
