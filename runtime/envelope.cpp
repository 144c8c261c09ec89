#include "runtime/envelope.hpp"

#include <mutex>
#include <vector>

namespace hawser::runtime {
namespace {

// Half a thread's list travels at once through the depot, whose lock is therefore taken once in `chain`
// letters.
constexpr std::size_t chain = 256;

// A sanitizer cannot see the misuse of memory that never goes back to the heap.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool reuse = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool reuse = false;
#else
constexpr bool reuse = true;
#endif
#else
constexpr bool reuse = true;
#endif

}  // namespace

thread_local constinit envelope_memory::free_list envelope_memory::list_;

struct envelope_memory::depot {
  std::mutex lock;
  std::vector<node*> chains;

  // What the threads have left at exit goes with the process; the depot itself is never destroyed, because
  // letters may still be freed by static destructors.
  static depot& instance() {
    static depot* const it = new depot;
    return *it;
  }
};

/// Empties the list when its thread ends; letters that are freed later still go to the heap.
struct envelope_memory::leaver {
  leaver() noexcept { list_.most = 2 * chain; }
  leaver(const leaver&) = delete;
  leaver& operator=(const leaver&) = delete;
  ~leaver() {
    list_.most = 0;
    list_.length = 0;
    while (list_.head != nullptr) ::operator delete(std::exchange(list_.head, list_.head->next), small);
  }

  static void arrive() noexcept { static thread_local const leaver mine; }
};

void* envelope_memory::take_slowly(std::size_t bytes) {
  if (bytes > small || !reuse) return ::operator new(bytes);
  leaver::arrive();
  depot& shared = depot::instance();
  {
    const std::lock_guard guard(shared.lock);
    if (list_.most > 0 && !shared.chains.empty()) {
      list_.head = shared.chains.back();
      shared.chains.pop_back();
      list_.length = chain;
    }
  }
  node* const taken = list_.head;
  if (taken == nullptr) return ::operator new(small);
  list_.head = taken->next;
  --list_.length;
  return taken;
}

void envelope_memory::give_slowly(void* memory, std::size_t bytes) noexcept {
  if (bytes > small || !reuse) return ::operator delete(memory, bytes);
  leaver::arrive();
  if (list_.most == 0) return ::operator delete(memory, small);
  list_.head = new (memory) node{list_.head};
  if (++list_.length < list_.most) return;
  node* const first = list_.head;
  node* last = first;
  for (std::size_t i = 1; i < chain; ++i) last = last->next;
  list_.head = last->next;
  last->next = nullptr;
  list_.length -= chain;
  depot& shared = depot::instance();
  const std::lock_guard guard(shared.lock);
  shared.chains.push_back(first);
}

}  // namespace hawser::runtime
