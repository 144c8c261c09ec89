#include "model/page_plan.hpp"

#include <algorithm>
#include <string>

namespace hawser::model {
namespace {

error refuse(std::string what) {
  return {errc::bad_argument, std::move(what)};
}

std::uint64_t pages_for(std::uint64_t tokens, std::uint64_t page_tokens) {
  return (tokens + page_tokens - 1) / page_tokens;
}

/// Windowed groups get what all seats can use at most; the rest goes to the groups that see everything.
result<void> share_out(page_plan& plan, const page_wish& wish, std::uint64_t wanted) {
  const std::uint64_t tokens = wish.page_tokens;
  std::uint64_t whole_bytes = 0, fixed_bytes = 0;
  for (page_group& g : plan.groups) {
    g.page_bytes = g.layers * wish.layer_page_bytes;
    if (g.window != 0) {
      // The window, the tokens of a step before it, and a page that is begun at either end.
      const std::uint64_t most =
          pages_for(std::min<std::uint64_t>(wanted, std::uint64_t{g.window} + wish.step_tokens), tokens) + 2;
      const std::uint64_t fair = wish.bytes / plan.groups.size() / g.page_bytes;
      g.pages = static_cast<std::uint32_t>(std::min<std::uint64_t>(most * wish.seats, fair));
      fixed_bytes += g.pages * g.page_bytes;
    } else {
      whole_bytes += g.page_bytes;
    }
  }
  const std::uint64_t left = wish.bytes > fixed_bytes ? wish.bytes - fixed_bytes : 0;
  std::uint64_t context = wanted;
  for (page_group& g : plan.groups) {
    if (g.window == 0)
      g.pages = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(left / whole_bytes, pages_for(wanted, tokens) * wish.seats));
    if (g.pages == 0)
      return refuse("Memory for keys and values of " + std::to_string(wish.bytes >> 20) +
                    " MiB does not hold one page of " + std::to_string(tokens) + " tokens (" +
                    std::to_string(g.page_bytes >> 10) + " KiB).");
    if (g.window == 0) context = std::min(context, std::uint64_t{g.pages} * tokens);
  }
  plan.context = static_cast<std::uint32_t>(context);
  return {};
}

}  // namespace

result<page_plan> plan_pages(const decoder_spec& spec, const page_wish& wish) {
  if (wish.page_tokens != 16 && wish.page_tokens != 32 && wish.page_tokens != 64)
    return refuse("A page of " + std::to_string(wish.page_tokens) +
                  " tokens is not possible: choose 16, 32 or 64.");
  page_plan plan;
  plan.places.resize(spec.layers);
  for (std::uint32_t l = 0; l < spec.layers; ++l) {
    const std::uint32_t window = spec.layer[l].window;
    auto at = std::find_if(plan.groups.begin(), plan.groups.end(),
                           [&](const page_group& g) { return g.window == window; });
    if (at == plan.groups.end()) {
      if (plan.groups.size() == max_page_groups)
        return error{errc::unsupported, "The model has more than " + std::to_string(max_page_groups) +
                                            " different attention windows."};
      at = plan.groups.insert(at, {.window = window});
    }
    plan.places[l] = {static_cast<std::uint32_t>(at - plan.groups.begin()), at->layers++};
  }
  if (auto ok = share_out(plan, wish, wish.context != 0 ? wish.context : spec.context); !ok)
    return ok.error();
  return plan;
}

}  // namespace hawser::model
