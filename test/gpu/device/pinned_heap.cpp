#include "test/gpu/device/pinned_heap.hpp"

#include <array>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

namespace hawser::test {
namespace {

// Blocks are powers of two behind a line that holds their size; freed ones wait in a list for the next of
// theirs.
constexpr std::size_t line = 256;
constexpr std::size_t sizes = 48;

struct block {
  std::size_t size_class;
  block* next;
};

struct arena {
  std::byte* begin = nullptr;
  std::byte* next = nullptr;
  std::byte* end = nullptr;
  std::array<block*, sizes> free{};
  std::mutex one_at_a_time;

  void* take(std::size_t bytes) {
    const std::lock_guard lock(one_at_a_time);
    const auto size_class = static_cast<std::size_t>(std::bit_width(bytes < line ? line - 1 : bytes - 1));
    block* found = free[size_class];
    if (found != nullptr) {
      free[size_class] = found->next;
    } else {
      const std::size_t whole = line + (std::size_t{1} << size_class);
      if (static_cast<std::size_t>(end - next) < whole) throw std::bad_alloc();
      found = ::new (static_cast<void*>(next)) block{size_class, nullptr};
      next += whole;
    }
    return reinterpret_cast<std::byte*>(found) + line;
  }
  bool give(void* memory) {
    auto* const at = static_cast<std::byte*>(memory);
    if (at < begin || at >= end) return false;
    const std::lock_guard lock(one_at_a_time);
    auto* const mine = reinterpret_cast<block*>(at - line);
    mine->next = free[mine->size_class];
    free[mine->size_class] = mine;
    return true;
  }
};

constinit arena pinned;
constinit thread_local bool wanted = false;

}  // namespace

pinned_heap::pinned_heap(const subject& on, std::size_t bytes) {
  void* memory = nullptr;
  demand(on, on.calls->allocate_pinned(&memory, bytes, 0), "cudaHostAlloc");
  pinned.begin = pinned.next = static_cast<std::byte*>(memory);
  pinned.end = pinned.begin + bytes;
  wanted = true;
}

pinned_heap::~pinned_heap() {
  wanted = false;
}

}  // namespace hawser::test

void* operator new(std::size_t bytes) {
  if (hawser::test::wanted) return hawser::test::pinned.take(bytes);
  if (void* const made = std::malloc(bytes == 0 ? 1 : bytes); made != nullptr) return made;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  if (!hawser::test::pinned.give(memory)) std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
