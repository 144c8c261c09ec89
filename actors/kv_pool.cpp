#include "actors/kv_pool.hpp"

namespace hawser::actors {

kv_pool::kv_pool(std::uint32_t pages) : owners_(pages, 0) {
  free_.reserve(pages);
  for (std::uint32_t i = pages; i-- > 0;) free_.push_back(i);
}

model::page_id kv_pool::take() noexcept {
  if (free_.empty()) return model::no_page;
  const model::page_id page = free_.back();
  free_.pop_back();
  owners_[page] = 1;
  return page;
}

void kv_pool::give(model::page_id page) noexcept {
  if (--owners_[page] == 0) free_.push_back(page);
}

}  // namespace hawser::actors
