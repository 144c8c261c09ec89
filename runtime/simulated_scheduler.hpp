/// A scheduler for one thread whose every choice comes from a seed, with a clock that nobody waits for.
#pragma once

#include "runtime/cell.hpp"
#include "runtime/clock.hpp"
#include "runtime/dice.hpp"
#include "runtime/scheduler.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

namespace hawser::runtime {

/// How a simulated machine treats its actors; drawn once a run.
struct simulated_habits {
  std::uint32_t letters = 1;  ///< in one turn, at most
  duration turn_cost{};       ///< the most that one turn moves the clock
  /// 0: any ready actor may be next. Otherwise actors have ranks, the lowest ready one is next, and after
  /// about so many turns one of them gets another rank: finds orders that fair chance hardly ever makes
  /// (after Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs", 2010).
  std::uint32_t turns_a_rank = 0;
};

/// The same seed, habits and actors give the same run. Single-threaded. Keeps the cell of every actor that
/// was ever ready, numbered in that order: so a number says the same in each replay.
class simulated_scheduler final : public scheduler {
 public:
  explicit simulated_scheduler(std::uint64_t seed, simulated_habits how = {}) : dice_(seed), how_(how) {}

  void ready(cell_ptr actor) override;
  [[nodiscard]] manual_time& time() noexcept override { return time_; }
  [[nodiscard]] boost::asio::execution_context& context() noexcept override { return io_; }

  /// Called before each turn: who has it, and how many letters wait for the actor.
  void watch_turns(std::function<void(std::uint32_t number, const cell& who)> watch) {
    watch_ = std::move(watch);
  }

  /// One turn of a ready actor. False: nobody is ready.
  bool turn();
  /// A turn, or, when nobody is ready, the next timer. False: nothing at all is left to happen.
  bool step();

  [[nodiscard]] bool resting() const noexcept { return ready_.empty(); }
  /// All that were ever ready, by number.
  [[nodiscard]] const std::vector<cell_ptr>& known() const noexcept { return known_; }

 private:
  struct entry {
    std::uint32_t number;
    std::uint64_t rank;
  };

  [[nodiscard]] std::size_t choose();

  dice dice_;
  simulated_habits how_;
  std::vector<std::uint32_t> ready_;  // numbers
  std::vector<cell_ptr> known_;
  std::vector<std::uint64_t> ranks_;                        // [known]
  std::unordered_map<const cell*, std::uint32_t> numbers_;  // only looked up: its order depends on the heap
  std::function<void(std::uint32_t, const cell&)> watch_;
  manual_time time_;
  boost::asio::io_context io_;
};

}  // namespace hawser::runtime
