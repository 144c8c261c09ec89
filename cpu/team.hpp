/// A few threads that share the pieces of one step's work.
///
/// A phase is a number of pieces. Each thread begins with its own run of neighbouring ones, and takes others'
/// when it has done those: a thread that the system took away holds up no more than the piece it has in hand.
/// Neighbouring pieces read neighbouring memory: two threads that each read a stream of their own get twice
/// the bytes of two that share one. Waiting spins for a bounded time and then sleeps: docs/cpu.md has the
/// figures.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace hawser::cpu {

class team {
 public:
  /// `threads` counts the caller of run(): a team of one has no thread of its own.
  /// `places`: the cpus of each thread (place_threads), none for threads that are not bound; the caller of
  /// run() places itself.
  explicit team(unsigned threads, const std::vector<std::vector<int>>& places = {});
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

  static constexpr std::size_t line = 64;

  /// The pieces that one thread begins with: phase number << 32 | the next of them.
  struct alignas(line) run_of_pieces {
    std::atomic<std::uint64_t> claim{0};
  };

  void run_phase(std::uint32_t pieces, function call, void* context);
  /// Takes pieces of phase `number` until none is left.
  void take_part(std::uint32_t number, unsigned thread);
  /// The same of the pieces that thread `owner` begins with.
  void take_from(unsigned owner, std::uint32_t number, unsigned thread);
  void work(unsigned thread);

  /// Of `pieces`, the first that thread `t` begins with; its last lies before the first of thread t + 1.
  [[nodiscard]] std::uint32_t first_of(unsigned t, std::uint32_t pieces) const noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{pieces} * t / threads());
  }

  alignas(line) std::atomic<std::uint32_t> number_{
      0};  ///< of the phase that runs, or ran last; workers wait on it
  alignas(line) std::atomic<std::uint32_t> open_{
      0};  ///< pieces that are not done; the caller of run() waits on it
  phase phases_[2];
  std::unique_ptr<run_of_pieces[]> runs_;  ///< [thread]
  std::atomic<bool> stop_{false};
  std::vector<std::thread> workers_;
};

}  // namespace hawser::cpu
