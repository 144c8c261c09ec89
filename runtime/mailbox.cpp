#include "runtime/mailbox.hpp"

#include <algorithm>
#include <bit>

namespace hawser::runtime {
namespace {

using word = std::uint64_t;

// Envelopes lie at multiples of 16 below 2^48, which leaves 20 bits for the count.
constexpr unsigned count_bits = 20;
constexpr word count_mask = (word{1} << count_bits) - 1;
constexpr word idle_mark = word{1} << count_bits;
constexpr word shut_mark = word{2} << count_bits;

word pack(const envelope* top, word count) noexcept {
  return (std::bit_cast<word>(top) >> 4u) << count_bits | count;
}

word count_of(word w) noexcept {
  return w & count_mask;
}

envelope* top_of(word w) noexcept {
  return w == idle_mark || w == shut_mark ? nullptr : std::bit_cast<envelope*>((w >> count_bits) << 4u);
}

// A place in memory that is no letter: control letters are refused from then on.
envelope* refused() noexcept {
  return std::bit_cast<envelope*>(word{16});
}

envelope* reversed(envelope* stack, envelope* before) noexcept {
  while (stack != nullptr) {
    envelope* const next = stack->next;
    stack->next = before;
    before = stack;
    stack = next;
  }
  return before;
}

}  // namespace

mailbox::mailbox(std::uint32_t bound, bool owned) noexcept
    : top_(owned ? 0 : idle_mark), bound_(std::min(bound, most)),
      publish_every_(std::clamp(bound_ / 8, 1u, 64u)) {}

mailbox::~mailbox() {
  abandon();
}

told mailbox::push(envelope* letter, bool& wake) noexcept {
  const bool counted = letter->counted;
  // In one order with the flags of those who wait for room; see cell::push_when_room().
  word top = top_.load(std::memory_order_seq_cst);
  for (;;) {
    if (top == shut_mark) return told::closed;
    if (counted) {
      if (closing_.load(std::memory_order_relaxed)) return told::closed;
      if (count_of(top) + unread_.load(std::memory_order_relaxed) >= bound_) {
        // The two numbers may be of different moments, unless the word has not changed meanwhile.
        const word again = top_.load(std::memory_order_acquire);
        if (again == top) return told::full;
        top = again;
        continue;
      }
    }
    letter->next = top_of(top);
    if (top_.compare_exchange_weak(top, pack(letter, count_of(top) + (counted ? 1 : 0)),
                                   std::memory_order_acq_rel, std::memory_order_acquire))
      break;
  }
  wake = top == idle_mark;
  return told::accepted;
}

told mailbox::push_first(envelope* letter, bool& wake) noexcept {
  envelope* top = first_.load(std::memory_order_relaxed);
  do {
    if (top == refused()) return told::closed;
    letter->next = top;
  } while (!first_.compare_exchange_weak(top, letter, std::memory_order_seq_cst, std::memory_order_relaxed));
  // Either this finds the reader at rest, or the reader looks at first_ after it has gone to rest.
  word idle = idle_mark;
  wake = top_.compare_exchange_strong(idle, 0, std::memory_order_seq_cst);
  return told::accepted;
}

told mailbox::room() const noexcept {
  if (closing()) return told::closed;
  return waiting() < bound_ ? told::accepted : told::full;
}

std::uint32_t mailbox::waiting() const noexcept {
  const word top = top_.load(std::memory_order_acquire);
  return static_cast<std::uint32_t>(count_of(top)) + unread_.load(std::memory_order_relaxed);
}

envelope* mailbox::read_more(rest& how) noexcept {
  for (;;) {
    if (first_in_order_ != nullptr) {
      envelope* const letter = first_in_order_;
      first_in_order_ = letter->next;
      return letter;
    }
    if (in_order_ != nullptr) return next_letter();
    if (unpublished_ > 0) publish();
    word top = top_.load(std::memory_order_relaxed);
    if (top == shut_mark) {
      if (shut_first()) continue;
      how = rest::shut;
      return nullptr;
    }
    if (top != 0) {
      drain();
      continue;
    }
    const bool last = closing();
    if (!top_.compare_exchange_strong(top, last ? shut_mark : idle_mark, std::memory_order_seq_cst)) continue;
    if (last) continue;
    how = rest::idle;
    if (first_.load(std::memory_order_seq_cst) == nullptr) return nullptr;
    word idle = idle_mark;
    if (!top_.compare_exchange_strong(idle, 0, std::memory_order_seq_cst)) return nullptr;
    drain_first();
  }
}

bool mailbox::rest_if_empty() noexcept {
  if (in_order_ != nullptr || first_in_order_ != nullptr || closing()) return false;
  word empty = 0;
  if (!top_.compare_exchange_strong(empty, idle_mark, std::memory_order_seq_cst)) return false;
  if (first_.load(std::memory_order_seq_cst) == nullptr) return true;
  word idle = idle_mark;
  return !top_.compare_exchange_strong(idle, 0, std::memory_order_seq_cst);
}

void mailbox::drain() noexcept {
  word top = top_.load(std::memory_order_relaxed);
  do {
    left_ = static_cast<std::uint32_t>(count_of(top));
    unread_.store(left_, std::memory_order_relaxed);
  } while (!top_.compare_exchange_weak(top, 0, std::memory_order_acq_rel, std::memory_order_relaxed));
  unpublished_ = 0;
  in_order_ = reversed(top_of(top), nullptr);
}

void mailbox::drain_first() noexcept {
  envelope* const seen = first_.load(std::memory_order_relaxed);
  if (seen != nullptr && seen != refused()) append_first(first_.exchange(nullptr, std::memory_order_acquire));
}

// Those of an earlier drain come before.
void mailbox::append_first(envelope* stack) noexcept {
  envelope** end = &first_in_order_;
  while (*end != nullptr) end = &(*end)->next;
  *end = reversed(stack, nullptr);
}

bool mailbox::shut_first() noexcept {
  envelope* const stack = first_.exchange(refused(), std::memory_order_acq_rel);
  if (stack != refused()) append_first(stack);
  return first_in_order_ != nullptr;
}

bool mailbox::shut() const noexcept {
  return top_.load(std::memory_order_acquire) == shut_mark;
}

bool mailbox::resting() const noexcept {
  const word top = top_.load(std::memory_order_acquire);
  return top == idle_mark || top == shut_mark;
}

void mailbox::destroy(envelope* list) noexcept {
  while (list != nullptr) {
    envelope* const next = list->next;
    list->kind->drop(list);
    list = next;
  }
}

std::uint32_t mailbox::inside() const noexcept {
  std::uint32_t letters = 0;
  const envelope* const first = first_.load(std::memory_order_acquire);
  for (const envelope* list :
       {static_cast<const envelope*>(in_order_),
        static_cast<const envelope*>(top_of(top_.load(std::memory_order_acquire))),
        static_cast<const envelope*>(first_in_order_), first == refused() ? nullptr : first}) {
    for (; list != nullptr; list = list->next) ++letters;
  }
  return letters;
}

void mailbox::abandon() noexcept {
  close();
  const word top = top_.exchange(shut_mark, std::memory_order_acq_rel);
  (void)shut_first();
  destroy(std::exchange(first_in_order_, nullptr));
  destroy(std::exchange(in_order_, nullptr));
  destroy(reversed(top_of(top), nullptr));
  left_ = 0;
  publish();
}

void mailbox::empty_out() noexcept {
  destroy(std::exchange(in_order_, nullptr));
  if (top_.load(std::memory_order_relaxed) != shut_mark) {
    drain();
    destroy(std::exchange(in_order_, nullptr));
  }
  left_ = 0;
  publish();
}

void mailbox::reopen() noexcept {
  closing_.store(false, std::memory_order_release);
  envelope* refusing = refused();
  first_.compare_exchange_strong(refusing, nullptr, std::memory_order_acq_rel);
  word shut = shut_mark;
  top_.compare_exchange_strong(shut, 0, std::memory_order_acq_rel);
}

}  // namespace hawser::runtime
