#include "actors/kv_pool.hpp"

namespace hawser::actors {

kv_pool::kv_pool(std::uint32_t pages) : owners_(pages, 0), marks_(pages, 0), links_(pages), most_(pages) {
  warm_.reserve(pages);
  cold_.reserve(pages);
  for (std::uint32_t i = pages; i-- > 0;) cold_.push_back(i);
}

model::page_id kv_pool::take() noexcept {
  if (free() == 0) return model::no_page;
  std::vector<model::page_id>& from = warm_.empty() ? cold_ : warm_;
  const model::page_id page = from.back();
  from.pop_back();
  owners_[page] = 1;
  return page;
}

void kv_pool::share(model::page_id page) noexcept {
  if (is_idle(page)) delist(page);
  ++owners_[page];
}

void kv_pool::give(model::page_id page) noexcept {
  if (--owners_[page] == 0) {
    warm_.push_back(page);
  } else if (is_idle(page)) {
    enlist(page);
  }
}

void kv_pool::keep(model::page_id page) noexcept {
  ++owners_[page];
  marks_[page] = kept_mark;
}

void kv_pool::drop(model::page_id page) noexcept {
  if (is_idle(page)) delist(page);
  marks_[page] = 0;
  if (--owners_[page] == 0) warm_.push_back(page);
}

void kv_pool::treasure(model::page_id page) noexcept {
  if ((marks_[page] & treasured_mark) != 0) return;
  const bool listed = is_idle(page);
  if (listed) delist(page);
  marks_[page] |= treasured_mark;
  if (listed) enlist(page);
}

bool kv_pool::stretch(std::uint32_t pages) noexcept {
  const std::uint32_t had = available();
  if (pages > had) allow(std::max(most_, std::min(total(), backed() + pages - warm() - idle_)));
  return available() > had;
}

model::page_id kv_pool::cool() noexcept {
  if (warm_.empty()) return model::no_page;
  const model::page_id page = warm_.back();
  warm_.pop_back();
  cold_.push_back(page);
  return page;
}

model::page_id kv_pool::oldest_idle() const noexcept {
  return rows_[0].first != model::no_page ? rows_[0].first : rows_[1].first;
}

void kv_pool::enlist(model::page_id page) noexcept {
  row& in = row_of(page);
  links_[page] = {in.last, model::no_page};
  if (in.last == model::no_page) {
    in.first = page;
  } else {
    links_[in.last].after = page;
  }
  in.last = page;
  ++idle_;
}

void kv_pool::delist(model::page_id page) noexcept {
  row& in = row_of(page);
  const link at = links_[page];
  (at.before == model::no_page ? in.first : links_[at.before].after) = at.after;
  (at.after == model::no_page ? in.last : links_[at.after].before) = at.before;
  --idle_;
}

}  // namespace hawser::actors
