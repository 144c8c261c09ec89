/// How to test an actor: turn the crank, move the clock, look. No threads, no sleeping, the same each time.
#include "runtime/actor.hpp"
#include "runtime/crank.hpp"

#include <cstdio>
#include <cstdlib>

namespace runtime = hawser::runtime;
using namespace std::chrono_literals;

struct knock {};
struct is_open : runtime::asks<bool> {};

/// Opens at a knock, and shuts after five seconds without one.
class door : public runtime::actor<door, knock, is_open> {
 public:
  using actor::actor;

  void on(knock) {
    open_ = true;
    shut_ = after(5s, [this] { open_ = false; });
  }
  void on(is_open m) { m.to.answer(open_); }

 private:
  bool open_ = false;
  runtime::timer shut_;
};

namespace {

void check(bool holds, const char* what) {
  std::printf("%s: %s\n", what, holds ? "yes" : "NO");
  if (!holds) std::exit(1);
}

}  // namespace

int main() {
  runtime::crank by;
  boost::asio::io_context answers;
  const auto whom = runtime::spawn<door>(by, {.name = "door", .mailbox = 2});

  const auto ask = [&] {
    bool open = false;
    runtime::async_ask(whom, is_open{}, by.time(), 1s, answers.get_executor(),
                       [&open](boost::system::error_code error, bool answer) { open = !error && answer; });
    by.run();
    answers.restart();
    answers.poll();
    return open;
  };

  check(!ask(), "shut at first");
  check(whom.tell(knock{}) == runtime::told::accepted, "it takes a knock");
  check(whom.tell(knock{}) == runtime::told::accepted, "it takes another");
  check(whom.tell(knock{}) == runtime::told::full, "the third one finds no room");
  check(by.turn(), "one letter is read");
  check(whom.where()->counters().waiting == 1, "one waits");
  check(ask(), "open after a knock");
  by.advance(4999ms);
  check(ask(), "open for five seconds");
  by.advance(1ms);
  check(!ask(), "shut after them");
  whom.stop();
  by.run();
  check(whom.tell(knock{}) == runtime::told::closed, "it takes no more after its stop");
}
