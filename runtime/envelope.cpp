#include "runtime/envelope.hpp"

#include <array>
#include <mutex>
#include <vector>

namespace hawser::runtime {
namespace {

struct node {
  node* next;
};

// Half a thread's list travels at once through the depot, whose lock is therefore taken once in `chain`
// letters.
constexpr std::size_t chain = 256;

struct depot {
  std::mutex lock;
  std::vector<node*> chains;

  // What the threads have left at exit goes with the process; the depot itself is never destroyed, because
  // letters may still be freed by static destructors.
  static depot& instance() {
    static depot* const it = new depot;
    return *it;
  }
};

class free_list {
 public:
  ~free_list() {
    while (head_ != nullptr) ::operator delete(std::exchange(head_, head_->next), envelope_memory::small);
  }

  void* take() {
    if (head_ == nullptr) refill();
    node* const taken = head_;
    if (taken == nullptr) return ::operator new(envelope_memory::small);
    head_ = taken->next;
    --length_;
    return taken;
  }

  void give(void* memory) noexcept {
    head_ = new (memory) node{head_};
    if (++length_ >= 2 * chain) spill();
  }

 private:
  void refill() {
    depot& shared = depot::instance();
    const std::lock_guard guard(shared.lock);
    if (shared.chains.empty()) return;
    head_ = shared.chains.back();
    shared.chains.pop_back();
    length_ = chain;
  }

  void spill() noexcept {
    node* const first = head_;
    node* last = first;
    for (std::size_t i = 1; i < chain; ++i) last = last->next;
    head_ = last->next;
    last->next = nullptr;
    length_ -= chain;
    depot& shared = depot::instance();
    const std::lock_guard guard(shared.lock);
    shared.chains.push_back(first);
  }

  node* head_ = nullptr;
  std::size_t length_ = 0;
};

thread_local free_list list;

}  // namespace

void* envelope_memory::take(std::size_t bytes) {
  return bytes <= small ? list.take() : ::operator new(bytes);
}

void envelope_memory::give(void* memory, std::size_t bytes) noexcept {
  if (bytes <= small) {
    list.give(memory);
  } else {
    ::operator delete(memory, bytes);
  }
}

}  // namespace hawser::runtime
