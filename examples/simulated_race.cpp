/// Two actors race for one seat. Under the simulated scheduler a seed decides who is first, and the same seed
/// decides the same each time: an order that breaks something can be looked for, and then be looked at.
#include "runtime/actor.hpp"
#include "runtime/simulated_scheduler.hpp"

#include <iostream>
#include <string>

namespace runtime = hawser::runtime;

struct sit_down {
  std::string who;
};
struct run {};

class seat : public runtime::actor<seat, sit_down> {
 public:
  seat(runtime::home where, std::string& taken_by) : actor(where), taken_by_(taken_by) {}
  void on(const sit_down& m) {
    if (taken_by_.empty()) taken_by_ = m.who;
  }

 private:
  std::string& taken_by_;
};

class runner : public runtime::actor<runner, run> {
 public:
  runner(runtime::home where, seat::address_type to) : actor(where), to_(std::move(to)) {}
  void on(run) { (void)to_.tell(sit_down{name()}); }

 private:
  seat::address_type to_;
};

std::string winner(std::uint64_t seed) {
  std::string taken_by;
  runtime::simulated_scheduler by(seed);
  const auto chair = runtime::spawn<seat>(by, {.name = "seat"}, taken_by);
  const auto first = runtime::spawn<runner>(by, {.name = "hare"}, chair);
  const auto second = runtime::spawn<runner>(by, {.name = "tortoise"}, chair);
  (void)first.tell(run{});
  (void)second.tell(run{});
  while (by.step()) {
  }
  for (const auto& stop : {runtime::address<>(first), runtime::address<>(second), runtime::address<>(chair)})
    stop.stop();
  while (by.step()) {
  }
  return taken_by;
}

int main() {
  int hares = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::string who = winner(seed);
    if (who != winner(seed)) return 1;
    hares += who == "hare" ? 1 : 0;
  }
  std::cout << "the hare won " << hares << " of 100\n";
  return hares > 0 && hares < 100 ? 0 : 1;
}
