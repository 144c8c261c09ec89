/// A few threads that share the pieces of one step's work.
///
/// A phase is a number of pieces; whoever is free claims the next one, so a thread that the system took away
/// holds up no more than the piece it has in hand. Waiting spins for a bounded time and then sleeps:
/// docs/cpu.md has the figures.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace hawser::cpu {

class team {
 public:
  /// `threads` counts the caller of run(): a team of one has no thread of its own.
  explicit team(unsigned threads);
  ~team();
  team(const team&) = delete;
  team& operator=(const team&) = delete;

  [[nodiscard]] unsigned threads() const noexcept { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Calls body(piece, thread) once for each piece in [0, pieces), thread in [0, threads()), and returns when
  /// all are done. Only one thread may be in run() at a time. `body` must not throw.
  template <class Body>
  void run(std::uint32_t pieces, Body&& body) {
    run_phase(
        pieces,
        [](void* context, std::uint32_t piece, unsigned thread) {
          (*static_cast<std::remove_reference_t<Body>*>(context))(piece, thread);
        },
        &body);
  }

 private:
  using function = void (*)(void*, std::uint32_t, unsigned);

  /// What a phase runs. Two slots: the one of phase n is written again only when phase n + 1 is over.
  struct phase {
    std::atomic<function> call{nullptr};
    std::atomic<void*> context{nullptr};
    std::atomic<std::uint32_t> pieces{0};
  };

  void run_phase(std::uint32_t pieces, function call, void* context);
  /// Takes pieces of phase `number` until none is left; false when that phase is over.
  void take_part(std::uint32_t number, unsigned thread);
  void work(unsigned thread);

  static constexpr std::size_t line = 64;
  alignas(line) std::atomic<std::uint32_t> number_{
      0};  ///< of the phase that runs, or ran last; workers wait on it
  alignas(line) std::atomic<std::uint64_t> claim_{0};  ///< phase number << 32 | next piece
  alignas(line) std::atomic<std::uint32_t> open_{
      0};  ///< pieces that are not done; the caller of run() waits on it
  phase phases_[2];
  std::atomic<bool> stop_{false};
  std::vector<std::thread> workers_;
};

}  // namespace hawser::cpu
