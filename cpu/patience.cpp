#include "cpu/patience.hpp"

#include <thread>

namespace hawser::cpu {
namespace {

constexpr int patience = 2000;  // turns of some 20 ns

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t old) noexcept {
  for (int turn = 0; turn < patience; ++turn) {
    const std::uint32_t now = word.load(std::memory_order_acquire);
    if (now != old) return now;
    relax();
  }
  word.wait(old, std::memory_order_acquire);
  return word.load(std::memory_order_acquire);
}

}  // namespace hawser::cpu
