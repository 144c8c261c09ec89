/// How a device's memory is shared out between weights, a step's working memory, and keys and values. Pure.
#pragma once

#include "model/error.hpp"
#include "model/page_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hawser::gpu {

/// In bytes, as it is before the weights are loaded.
struct device_room {
  std::string name;        ///< "GPU 0, NAME"
  std::size_t memory = 0;  ///< of the device
  std::size_t free = 0;    ///< of it
  double share = 0.9;      ///< of `free`, that may be taken
  std::size_t weights = 0;
  std::size_t scratch = 0;
};

/// What is left for keys and values. errc::over_limit, with the numbers, when that is nothing.
[[nodiscard]] model::result<std::size_t> left_for_pages(const device_room& room);

/// The pages of `wish`, whose bytes are cut down to what is left; wish.bytes 0: all of it. errc::over_limit
/// when that is not enough for a sequence of `least_context` tokens, or of the whole context where that is
/// shorter.
[[nodiscard]] model::result<model::page_plan> plan_device_pages(const device_room& room,
                                                                const model::decoder_spec& spec,
                                                                model::page_wish wish,
                                                                std::uint32_t least_context = 512);

/// One sentence with the numbers when the plan holds less than was wanted, else empty.
[[nodiscard]] std::string room_warning(const device_room& room, const model::decoder_spec& spec,
                                       const model::page_wish& wish, const model::page_plan& plan);

}  // namespace hawser::gpu
