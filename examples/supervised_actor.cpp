/// An actor that fails now and then, under a supervisor: its address stays good, and its mail waits
/// meanwhile.
#include "runtime/asio_scheduler.hpp"
#include "runtime/supervisor.hpp"

#include <iostream>
#include <stdexcept>
#include <string>

namespace runtime = hawser::runtime;
using namespace std::chrono_literals;

/// A question names its reply.
struct divide : runtime::asks<int> {
  divide(int a, int b) : dividend(a), divisor(b) {}
  int dividend;
  int divisor;
};

class calculator : public runtime::actor<calculator, divide> {
 public:
  calculator(runtime::home where, std::string motto) : actor(where) {
    std::cout << "calculator: " << motto << "\n";
  }

  void on(divide m) {
    if (m.divisor == 0) throw std::domain_error("division by zero");
    m.to.answer(m.dividend / m.divisor);
  }
};

struct begin {};

class pupil : public runtime::actor<pupil, begin> {
 public:
  pupil(runtime::home where, calculator::address_type whom) : actor(where), whom_(std::move(whom)) {}

  void on(begin) {
    for (const int divisor : {7, 0, 2}) {
      ask(whom_, divide(42, divisor), 1s, [this, divisor](boost::system::error_code error, int quotient) {
        std::cout << "42 / " << divisor << ": " << (error ? error.message() : std::to_string(quotient))
                  << "\n";
        if (++answers_ == 3) close();
      });
    }
  }

 private:
  calculator::address_type whom_;
  int answers_ = 0;
};

int main() {
  boost::asio::io_context io;
  runtime::asio_scheduler scheduler(io);

  runtime::supervision tree(scheduler, {.name = "school", .limits = {.restarts = 3, .within = 5s}});
  const auto calculates = tree.add<calculator>({.name = "calculator"}, std::string("never by zero"));
  const auto asks = tree.add<pupil>({.name = "pupil", .again = runtime::restart::temporary}, calculates);
  (void)asks.tell(begin{});
  const auto top = std::move(tree).start();

  io.run();  // until nothing is left to do
  const bool restarted = calculates.where()->counters().restarts == 1;
  top.stop();
  io.restart();
  io.run();
  return restarted ? 0 : 1;
}
