#include "gpu/device_room.hpp"

#include <algorithm>
#include <utility>

namespace hawser::gpu {
namespace {

std::string megabytes(std::size_t bytes) {
  return std::to_string(bytes >> 20) + " MB";
}

std::size_t may_take(const device_room& room) {
  return static_cast<std::size_t>(static_cast<double>(room.free) * room.share);
}

std::string what_it_has(const device_room& room) {
  return room.name + " has " + megabytes(room.free) + " of " + megabytes(room.memory) +
         " free and may give " + megabytes(may_take(room)) + " of it (gpu.memory); the weights take " +
         megabytes(room.weights) + ", the work of a step " + megabytes(room.scratch);
}

model::error too_little(const device_room& room, const std::string& lacks) {
  return {model::errc::over_limit, what_it_has(room) + ", and " + lacks +
                                       ": end what else uses the device, lower model.context or "
                                       "scheduling.step_tokens, or take a smaller model"};
}

std::uint32_t context_of(const model::decoder_spec& spec, const model::page_wish& wish) {
  return wish.context != 0 ? wish.context : spec.context;
}

std::size_t bytes_of(const model::page_plan& plan) {
  std::size_t sum = 0;
  for (const model::page_group& g : plan.groups) sum += g.page_bytes * g.pages;
  return sum;
}

}  // namespace

model::result<std::size_t> left_for_pages(const device_room& room) {
  const std::size_t taken = room.weights + room.scratch;
  if (may_take(room) <= taken) return too_little(room, "nothing is left for keys and values");
  return may_take(room) - taken;
}

model::result<model::page_plan> plan_device_pages(const device_room& room, const model::decoder_spec& spec,
                                                  model::page_wish wish, std::uint32_t least_context) {
  const auto left = left_for_pages(room);
  if (!left) return left.error();
  wish.bytes = wish.bytes == 0 ? *left : std::min(wish.bytes, *left);
  auto plan = model::plan_pages(spec, wish);
  const std::uint32_t least = std::min(least_context, context_of(spec, wish));
  // A plan without a page says so, but not what has the memory.
  model::page_wish enough = wish;
  enough.bytes = may_take(room);
  const bool fits = plan.has_value() && plan->context >= least;
  if (fits || (!plan && !model::plan_pages(spec, enough))) return plan;
  return too_little(room, "the " + megabytes(wish.bytes) + " that are left for keys and values hold no " +
                              std::to_string(least) + " tokens");
}

std::string room_warning(const device_room& room, const model::decoder_spec& spec,
                         const model::page_wish& wish, const model::page_plan& plan) {
  const bool shorter = plan.context < context_of(spec, wish);
  const auto left = left_for_pages(room);
  const bool fewer = wish.bytes != 0 && left && *left < wish.bytes;
  if (!shorter && !fewer) return {};
  std::string out = what_it_has(room) + ": " + megabytes(bytes_of(plan)) + " are left for keys and values";
  if (fewer) out += " in place of " + megabytes(wish.bytes);
  if (shorter)
    out += ", which hold " + std::to_string(plan.context) + " of the context's " +
           std::to_string(context_of(spec, wish)) + " tokens";
  return out;
}

}  // namespace hawser::gpu
