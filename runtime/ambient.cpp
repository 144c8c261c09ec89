#include "runtime/ambient.hpp"

#include <algorithm>
#include <mutex>

namespace hawser::runtime {
namespace {

struct page_list {
  std::mutex lock;
  std::vector<const thread_page*> pages;

  // Never destroyed: threads may end after static destructors have begun.
  static page_list& instance() {
    static page_list* const it = new page_list;
    return *it;
  }
};

struct listing {
  listing() {
    page_list& all = page_list::instance();
    const std::lock_guard guard(all.lock);
    all.pages.push_back(&this_page);
  }
  listing(const listing&) = delete;
  listing& operator=(const listing&) = delete;
  ~listing() {
    page_list& all = page_list::instance();
    const std::lock_guard guard(all.lock);
    std::erase(all.pages, &this_page);
  }
};

}  // namespace

constinit thread_local thread_page this_page;

void thread_pages::list_this() {
  static thread_local const listing mine;
  this_page.listed = true;
}

std::vector<thread_view> thread_pages::look() {
  page_list& all = page_list::instance();
  const std::lock_guard guard(all.lock);
  std::vector<thread_view> seen;
  seen.reserve(all.pages.size());
  for (const thread_page* page : all.pages) {
    const std::uint64_t since = page->since.load(std::memory_order_acquire);
    const thread_view view{
        page->who.load(std::memory_order_acquire), page->what.load(std::memory_order_acquire), since,
        page->trace.load(std::memory_order_acquire), page->limit.load(std::memory_order_acquire)};
    // Another handler began meanwhile: then the thread is not stuck, and the next look will see it.
    if (page->since.load(std::memory_order_relaxed) != since) continue;
    if (view.who != nullptr && view.what != nullptr) seen.push_back(view);
  }
  return seen;
}

}  // namespace hawser::runtime
