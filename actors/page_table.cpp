#include "actors/page_table.hpp"

#include <algorithm>

namespace hawser::actors {

std::uint32_t page_shape::most_held(std::uint32_t length, std::uint32_t chunk) const noexcept {
  const std::uint32_t all = pages(length);
  if (window == 0) return all;
  // A chunk's first token sees window-1 positions before it; both ends may lie inside of a page.
  return std::min(all, pages(window - 1 + std::min(chunk, length)) + 1);
}

page_table::page_table(page_shape shape, std::uint32_t final_length)
    : shape_(shape), entries_(shape.pages(final_length), model::no_page) {}

std::uint32_t page_table::missing(std::uint32_t end) const noexcept {
  const std::uint32_t wanted = shape_.pages(end);
  return wanted > end_ ? wanted - end_ : 0;
}

bool page_table::grow(std::uint32_t end, kv_pool& from) noexcept {
  const std::uint32_t more = missing(end);
  if (more > from.free()) return false;
  for (std::uint32_t i = 0; i < more; ++i) entries_[end_++] = from.take();
  return true;
}

void page_table::slide(std::uint32_t position, kv_pool& to) noexcept {
  const std::uint32_t seen = std::min(shape_.first_seen(position), end_);
  while (first_ < seen) to.give(entries_[first_++]);
}

void page_table::release(kv_pool& to) noexcept {
  while (end_ > first_) to.give(entries_[--end_]);
  first_ = 0;
  end_ = 0;
}

}  // namespace hawser::actors
