#include "cpu/kv_pool.hpp"

#include <cstring>
#include <utility>

namespace hawser::cpu {
model::result<kv_pool> kv_pool::make(const model::decoder_spec& spec, const kv_plan& plan) {
  kv_pool pool;
  pool.plan_ = plan;
  pool.heads_ = spec.kv_heads;
  pool.padded_dim_ = (spec.head_dim + 15) / 16 * 16;
  auto pages = model::plan_pages(
      spec, {.page_tokens = plan.page_tokens,
             .seats = plan.seats,
             .context = plan.context,
             .step_tokens = plan.step_tokens,
             .bytes = plan.bytes,
             .layer_page_bytes = std::size_t{spec.kv_heads} * 2 *
                                 kv_half_bytes(plan.type, pool.padded_dim_, plan.page_tokens)});
  if (!pages) return pages.error();
  pool.pages_ = std::move(*pages);
  for (const model::page_group& g : pool.groups()) {
    auto memory = buffer::make(g.page_bytes * g.pages, "keys and values");
    if (!memory) return memory.error();
    memory->spread(plan.nodes);
    pool.memory_.push_back(std::move(*memory));
  }
  return pool;
}

std::size_t kv_pool::bytes() const noexcept {
  std::size_t sum = 0;
  for (const buffer& b : memory_) sum += b.size();
  return sum;
}

void kv_pool::discard(model::page_place page) const noexcept {
  const std::size_t bytes = pages_.groups[page.group].page_bytes;
  memory_[page.group].discard(page.page * bytes, bytes);
}

void kv_pool::copy(model::page_copy pages) const noexcept {
  const std::size_t bytes = pages_.groups[pages.group].page_bytes;
  std::byte* const memory = memory_[pages.group].data();
  std::memcpy(memory + pages.to * bytes, memory + pages.from * bytes, bytes);
}

kv_view kv_pool::view(std::uint32_t layer, std::uint32_t head, const model::page_id* table) const noexcept {
  const model::page_plan::place at = pages_.places[layer];
  const std::size_t one = kv_half_bytes(plan_.type, padded_dim_, plan_.page_tokens);
  return {.pool = memory_[at.group].data() + (std::size_t{at.index} * heads_ + head) * 2 * one,
          .page_bytes = pages_.groups[at.group].page_bytes,
          .value_offset = one,
          .table = table,
          .page_tokens = plan_.page_tokens,
          .head_dim = padded_dim_};
}

}  // namespace hawser::cpu
