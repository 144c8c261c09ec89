#include "cpu/kv_pool.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace hawser::cpu {
namespace {

model::error refuse(std::string what) {
  return {model::errc::bad_argument, std::move(what)};
}

std::uint64_t pages_for(std::uint64_t tokens, std::uint64_t page_tokens) {
  return (tokens + page_tokens - 1) / page_tokens;
}

}  // namespace

model::result<kv_pool> kv_pool::make(const model::decoder_spec& spec, const kv_plan& plan) {
  if (plan.page_tokens != 16 && plan.page_tokens != 32 && plan.page_tokens != 64)
    return refuse("A page of " + std::to_string(plan.page_tokens) +
                  " tokens is not possible: choose 16, 32 or 64.");
  kv_pool pool;
  pool.plan_ = plan;
  pool.heads_ = spec.kv_heads;
  pool.padded_dim_ = (spec.head_dim + 15) / 16 * 16;
  pool.places_.resize(spec.layers);
  for (std::uint32_t l = 0; l < spec.layers; ++l) {
    const std::uint32_t window = spec.layer[l].window;
    auto at = std::find_if(pool.groups_.begin(), pool.groups_.end(),
                           [&](const model::page_group& g) { return g.window == window; });
    if (at == pool.groups_.end()) {
      if (pool.groups_.size() == model::max_page_groups)
        return model::error{model::errc::unsupported, "The model has more than " +
                                                          std::to_string(model::max_page_groups) +
                                                          " different attention windows."};
      at = pool.groups_.insert(at, {.window = window});
    }
    pool.places_[l] = {static_cast<std::uint32_t>(at - pool.groups_.begin()), at->layers++};
  }
  if (auto ok = pool.share_out(spec); !ok) return ok.error();
  for (const model::page_group& g : pool.groups_) {
    auto memory = buffer::make(g.page_bytes * g.pages, "keys and values");
    if (!memory) return memory.error();
    memory->spread(plan.nodes);
    pool.memory_.push_back(std::move(*memory));
  }
  return pool;
}

/// Windowed groups get what all seats can use at most; the rest goes to the groups that see everything.
model::result<void> kv_pool::share_out(const model::decoder_spec& spec) {
  const std::uint64_t tokens = plan_.page_tokens;
  const std::uint64_t wanted = plan_.context != 0 ? plan_.context : spec.context;
  std::uint64_t whole_bytes = 0, fixed_bytes = 0;
  for (model::page_group& g : groups_) {
    g.page_bytes = std::size_t{g.layers} * heads_ * 2 * kv_half_bytes(plan_.type, padded_dim_, tokens);
    if (g.window != 0) {
      // The window, the tokens of a step before it, and a page that is begun at either end.
      const std::uint64_t most =
          pages_for(std::min<std::uint64_t>(wanted, std::uint64_t{g.window} + plan_.step_tokens), tokens) + 2;
      const std::uint64_t fair = plan_.bytes / groups_.size() / g.page_bytes;
      g.pages = static_cast<std::uint32_t>(std::min<std::uint64_t>(most * plan_.seats, fair));
      fixed_bytes += g.pages * g.page_bytes;
    } else {
      whole_bytes += g.page_bytes;
    }
  }
  const std::uint64_t left = plan_.bytes > fixed_bytes ? plan_.bytes - fixed_bytes : 0;
  std::uint64_t context = wanted;
  for (model::page_group& g : groups_) {
    if (g.window == 0)
      g.pages = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(left / whole_bytes, pages_for(wanted, tokens) * plan_.seats));
    if (g.pages == 0)
      return refuse("Memory for keys and values of " + std::to_string(plan_.bytes >> 20) +
                    " MiB does not hold one page of " + std::to_string(tokens) + " tokens (" +
                    std::to_string(g.page_bytes >> 10) + " KiB).");
    if (g.window == 0) context = std::min(context, std::uint64_t{g.pages} * tokens);
  }
  context_ = static_cast<std::uint32_t>(context);
  return {};
}

std::size_t kv_pool::bytes() const noexcept {
  std::size_t sum = 0;
  for (const buffer& b : memory_) sum += b.size();
  return sum;
}

void kv_pool::discard(model::page_place page) const noexcept {
  const std::size_t bytes = groups_[page.group].page_bytes;
  memory_[page.group].discard(page.page * bytes, bytes);
}

void kv_pool::copy(model::page_copy pages) const noexcept {
  const std::size_t bytes = groups_[pages.group].page_bytes;
  std::byte* const memory = memory_[pages.group].data();
  std::memcpy(memory + pages.to * bytes, memory + pages.from * bytes, bytes);
}

kv_view kv_pool::view(std::uint32_t layer, std::uint32_t head, const model::page_id* table) const noexcept {
  const place at = places_[layer];
  const std::size_t one = kv_half_bytes(plan_.type, padded_dim_, plan_.page_tokens);
  return {.pool = memory_[at.group].data() + (std::size_t{at.index} * heads_ + head) * 2 * one,
          .page_bytes = groups_[at.group].page_bytes,
          .value_offset = one,
          .table = table,
          .page_tokens = plan_.page_tokens,
          .head_dim = padded_dim_};
}

}  // namespace hawser::cpu
