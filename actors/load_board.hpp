/// How busy the server is, for those who decide before Ingress: written by Ingress, read by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hawser::actors {

/// A look at the board. Each figure is exact, together they are not of one moment. Arrays by class: as
/// actors::priority.
struct load_facts {
  double load = 0;                        ///< 1: all that the server can do in time
  double kv = 0;                          ///< share of the KV pages that is spoken for
  double kv_used = 0;                     ///< share of the KV pages that sequences hold
  std::uint32_t running = 0;              ///< requests that have begun
  std::uint64_t queued_tokens = 0;        ///< of prompts that wait
  std::array<double, 3> wait{};           ///< seconds until a newcomer's turn
  std::array<std::uint32_t, 3> queued{};  ///< requests without a seat
};

class load_board {
 public:
  void write(const load_facts& now) noexcept {
    load_.store(now.load, std::memory_order_relaxed);
    kv_.store(now.kv, std::memory_order_relaxed);
    kv_used_.store(now.kv_used, std::memory_order_relaxed);
    running_.store(now.running, std::memory_order_relaxed);
    queued_tokens_.store(now.queued_tokens, std::memory_order_relaxed);
    for (std::size_t i = 0; i < wait_.size(); ++i) {
      wait_[i].store(now.wait[i], std::memory_order_relaxed);
      queued_[i].store(now.queued[i], std::memory_order_relaxed);
    }
  }

  [[nodiscard]] load_facts read() const noexcept {
    load_facts seen;
    seen.load = load_.load(std::memory_order_relaxed);
    seen.kv = kv_.load(std::memory_order_relaxed);
    seen.kv_used = kv_used_.load(std::memory_order_relaxed);
    seen.running = running_.load(std::memory_order_relaxed);
    seen.queued_tokens = queued_tokens_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < wait_.size(); ++i) {
      seen.wait[i] = wait_[i].load(std::memory_order_relaxed);
      seen.queued[i] = queued_[i].load(std::memory_order_relaxed);
    }
    return seen;
  }

 private:
  std::atomic<double> load_{0};
  std::atomic<double> kv_{0};
  std::atomic<double> kv_used_{0};
  std::atomic<std::uint32_t> running_{0};
  std::atomic<std::uint64_t> queued_tokens_{0};
  std::array<std::atomic<double>, 3> wait_{};
  std::array<std::atomic<std::uint32_t>, 3> queued_{};
};

}  // namespace hawser::actors
