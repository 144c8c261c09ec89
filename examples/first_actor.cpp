/// The smallest actor there is: it counts what it is told, and answers a question.
#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"

#include <iostream>

namespace runtime = hawser::runtime;
using namespace std::chrono_literals;

struct add {
  int by;
};
struct total : runtime::asks<int> {};

class counter : public runtime::actor<counter, add, total> {
 public:
  using actor::actor;
  void on(add m) { sum_ += m.by; }
  void on(total m) { m.to.answer(sum_); }

 private:
  int sum_ = 0;
};

int main() {
  boost::asio::io_context io;
  runtime::asio_scheduler scheduler(io);
  const auto where = runtime::spawn<counter>(scheduler, {.name = "counter"});

  if (where.tell(add{40}) != runtime::told::accepted) return 1;
  if (where.tell(add{2}) != runtime::told::accepted) return 1;

  int sum = 0;
  runtime::async_ask(where, total{}, scheduler.time(), 1s, io.get_executor(),
                     [&sum](boost::system::error_code error, int answer) { sum = error ? -1 : answer; });
  where.stop();
  io.run();  // until nothing is left to do
  std::cout << "the sum is " << sum << "\n";
  return sum == 42 ? 0 : 1;
}
