/// Those of one class who wait for a seat: keys take turns by what they have used, each serves its own in
/// order.
#pragma once

#include "actors/sequence.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace hawser::actors {

/// What one key has used in one class, and who of it waits.
struct account {
  double used = 0.0;  ///< tokens by weight, divided by the key's share
  float share = 1.0f;
  std::uint64_t number = 0;      ///< in the order of their first requests
  runtime::time_point served{};  ///< when one of its sequences last got a seat
  std::list<std::shared_ptr<sequence>> line;
};

/// The virtual token counter of Sheng et al. (OSDI 2024): whoever has used least is next, and who comes back
/// after a pause begins no lower than the least of those who wait, so that nobody saves up. A prompt token
/// weighs 1, a token of the answer
/// 2. Any two keys that always have somebody waiting differ by a bounded number of tokens, however many
/// requests they send.
class fair_line {
 public:
  using place = std::list<std::shared_ptr<sequence>>::iterator;

  fair_line() = default;
  fair_line(const fair_line&) = delete;
  fair_line& operator=(const fair_line&) = delete;
  /// Who still waits is let go: a sequence and its key's account hold each other.
  ~fair_line();

  /// Newcomers go last in their key's line; one that comes back goes to its old place.
  void push(std::shared_ptr<sequence> who);
  void remove(const sequence& who);
  /// `who` has left the line for a seat.
  void serve(const sequence& who, runtime::time_point now);
  /// It costs its key so much, wherever it is.
  void charge(const sequence& who, double tokens);

  /// The next in turn (`newest`: its key's last), or null.
  [[nodiscard]] const std::shared_ptr<sequence>* next(bool newest) const noexcept;
  /// The key that has waited longest for a seat; `since` is when that began.
  [[nodiscard]] const std::shared_ptr<sequence>* longest(runtime::time_point& since) const noexcept;

  template <class Function>
  void for_each(Function what) const {
    for (const auto& [key, of] : accounts_) {
      for (const std::shared_ptr<sequence>& who : of->line) what(who);
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  using turn = std::pair<double, account*>;
  using wait = std::pair<runtime::time_point, account*>;

  // Equal ones in the order in which they came: an address would make each run another.
  struct before {
    template <class Place>
    bool operator()(const Place& a, const Place& b) const noexcept {
      return a.first != b.first ? a.first < b.first : a.second->number < b.second->number;
    }
  };

  [[nodiscard]] static runtime::time_point start_of(const account& of) noexcept;
  void enlist(account& of);
  void delist(account& of);
  void forget_idle();

  std::unordered_map<std::string, std::shared_ptr<account>> accounts_;
  std::set<turn, before> turns_;  // those with a line
  std::set<wait, before> waits_;  // the same
  std::unordered_map<const sequence*, place> places_;
  std::uint64_t numbers_ = 0;
  double last_ = 0.0;  // used by the key whose line was the last to become empty
};

}  // namespace hawser::actors
