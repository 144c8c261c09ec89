#include "runtime/mailbox.hpp"

namespace hawser::runtime {
namespace {

class mark final : public envelope {
 public:
  void open(void*) override {}
};

// Their addresses are the marks; nobody opens or links them.
mark idle_place;
mark shut_place;
// As plain envelopes, which is what the word holds.
constinit envelope* const idle_mark = &idle_place;
constinit envelope* const shut_mark = &shut_place;

}  // namespace

mailbox::mailbox(std::uint32_t bound) noexcept : top_(idle_mark), bound_(bound) {}

mailbox::~mailbox() {
  abandon();
}

told mailbox::reserve() noexcept {
  if (closing()) return told::closed;
  if (waiting_.fetch_add(1, std::memory_order_relaxed) < bound_) return told::accepted;
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  return told::full;
}

told mailbox::push(envelope* letter, bool& wake) noexcept {
  envelope* top = top_.load(std::memory_order_relaxed);
  do {
    if (top == shut_mark) {
      if (letter->counted) waiting_.fetch_sub(1, std::memory_order_relaxed);
      return told::closed;
    }
    letter->next = top == idle_mark ? nullptr : top;
  } while (!top_.compare_exchange_weak(top, letter, std::memory_order_acq_rel, std::memory_order_relaxed));
  wake = top == idle_mark;
  return told::accepted;
}

envelope* mailbox::read_or_rest(rest& how) noexcept {
  for (;;) {
    if (in_order_ != nullptr) {
      envelope* const letter = in_order_;
      in_order_ = letter->next;
      return letter;
    }
    envelope* stack = top_.load(std::memory_order_relaxed);
    if (stack == nullptr) {
      how = closing() ? rest::shut : rest::idle;
      envelope* const resting = how == rest::shut ? shut_mark : idle_mark;
      if (top_.compare_exchange_strong(stack, resting, std::memory_order_acq_rel)) return nullptr;
      continue;
    }
    if (stack == shut_mark) {
      how = rest::shut;
      return nullptr;
    }
    drain();
  }
}

void mailbox::drain() noexcept {
  envelope* stack = top_.exchange(nullptr, std::memory_order_acquire);
  while (stack != nullptr) {
    envelope* const next = stack->next;
    stack->next = in_order_;
    in_order_ = stack;
    stack = next;
  }
}

bool mailbox::shut() const noexcept {
  return top_.load(std::memory_order_acquire) == shut_mark;
}

std::uint32_t mailbox::inside() const noexcept {
  std::uint32_t letters = 0;
  const envelope* stack = top_.load(std::memory_order_acquire);
  if (stack == idle_mark || stack == shut_mark) stack = nullptr;
  for (const envelope* list : {static_cast<const envelope*>(in_order_), stack}) {
    for (; list != nullptr; list = list->next) ++letters;
  }
  return letters;
}

void mailbox::abandon() noexcept {
  close();
  envelope* stack = top_.exchange(shut_mark, std::memory_order_acq_rel);
  if (stack == idle_mark || stack == shut_mark) stack = nullptr;
  for (envelope* list : {in_order_, stack}) {
    while (list != nullptr) {
      envelope* const next = list->next;
      delete list;
      list = next;
    }
  }
  in_order_ = nullptr;
}

}  // namespace hawser::runtime
