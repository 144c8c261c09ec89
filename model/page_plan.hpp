/// How much memory for keys and values becomes how many pages of which group: alike for every device. Pure.
#pragma once

#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hawser::model {

struct page_wish {
  std::uint32_t page_tokens = 32;
  std::uint32_t seats = 1;
  std::uint32_t context = 0;  ///< 0: the model's, lowered to what the memory holds
  std::uint32_t step_tokens = 0;
  std::size_t bytes = 0;
  std::size_t layer_page_bytes = 0;  ///< keys and values of a page in one layer
};

struct page_plan {
  struct place {
    std::uint32_t group = 0;
    std::uint32_t index = 0;  ///< of the layer among those of its group
  };
  std::vector<page_group> groups;
  std::vector<place> places;  ///< [layer]
  std::uint32_t context = 0;  ///< positions that one sequence can have with this memory
};

/// Errors: more windows than page groups, a page size that no kernel takes, memory for less than one page a
/// group.
[[nodiscard]] result<page_plan> plan_pages(const decoder_spec& spec, const page_wish& wish);

}  // namespace hawser::model
