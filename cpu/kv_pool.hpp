/// The memory behind the pages: one pool for each group of layers that share a window. Pages are backed by
/// the system when they are first written.
#pragma once

#include "cpu/buffer.hpp"
#include "cpu/kernels/kernel_set.hpp"
#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/page_plan.hpp"

#include <cstdint>
#include <set>
#include <vector>

namespace hawser::cpu {

/// What a pool is made for; see cpu_options.
struct kv_plan {
  kv_type type = kv_type::bf16;
  std::uint32_t page_tokens = 32;
  std::uint32_t seats = 1;
  std::uint32_t context = 0;  ///< 0: the model's, lowered to what the memory holds
  std::uint32_t step_tokens = 0;
  std::size_t bytes = 0;
  std::set<int> nodes = {};  ///< to spread the pages over, see buffer::spread
};

class kv_pool {
 public:
  /// Errors: more windows than page groups, a page size that no kernel takes, memory for less than one page a
  /// group.
  [[nodiscard]] static model::result<kv_pool> make(const model::decoder_spec& spec, const kv_plan& plan);

  [[nodiscard]] const std::vector<model::page_group>& groups() const noexcept { return pages_.groups; }
  [[nodiscard]] std::uint32_t group_of(std::uint32_t layer) const noexcept {
    return pages_.places[layer].group;
  }
  /// Positions that one sequence can have with this memory.
  [[nodiscard]] std::uint32_t context() const noexcept { return pages_.context; }
  [[nodiscard]] std::uint32_t page_tokens() const noexcept { return plan_.page_tokens; }
  [[nodiscard]] std::uint32_t padded_dim() const noexcept { return padded_dim_; }
  [[nodiscard]] kv_type type() const noexcept { return plan_.type; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Nobody reads this page before it is written again: its memory goes back to the system.
  void discard(model::page_place page) const noexcept;
  void copy(model::page_copy pages) const noexcept;
  /// Keys and values of one head; `table` is the sequence's for the layer's group.
  [[nodiscard]] kv_view view(std::uint32_t layer, std::uint32_t head,
                             const model::page_id* table) const noexcept;

 private:
  kv_plan plan_;
  std::uint32_t heads_ = 0;
  std::uint32_t padded_dim_ = 0;
  model::page_plan pages_;
  std::vector<buffer> memory_;  // [group]
};

}  // namespace hawser::cpu
