/// A server whose only WebSocket says back what it hears, with the limits of the Autobahn cases: for
/// test/net/web_cases_test.py. Prints its port, and serves until its input ends.
#include "net/server.hpp"
#include "runtime/asio_scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include "fake_core.hpp"

#include <iostream>
#include <latch>
#include <string>
#include <thread>

namespace hawser::net::test {
namespace {

class echo final : public runtime::actor<echo, socket_call> {
 public:
  using actor::actor;

  void on(socket_call m) {
    socket_reply reply;
    if (m.what == socket_event::message) reply.message = std::move(m.message);
    m.to.answer(std::move(reply));
  }
};

int serve() {
  boost::asio::io_context io;
  const auto guard = boost::asio::make_work_guard(io);
  runtime::asio_scheduler by(io);
  fake_service core(by);
  auto echoes = runtime::spawn<echo>(by, {.name = "echo"});
  net_options options;
  options.port = 0;
  options.sockets.push_back({"/echo", echoes, std::chrono::seconds(30)});
  options.limits.web.frame = options.limits.web.message = 32u << 20u;
  options.limits.web.fragments = 1u << 24u;
  options.limits.unread_output = 64u << 20u;
  options.limits.unread_total = 256u << 20u;
  server it(options, core.service(), by, io, io.get_executor());
  std::cout << it.start().value().port() << std::endl;
  std::jthread loop([&io] { io.run(); });
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  std::latch stopped(1);
  it.stop([&stopped] { stopped.count_down(); });
  stopped.wait();
  echoes.stop();
  core.core.stop();
  io.stop();
  return 0;
}

}  // namespace
}  // namespace hawser::net::test

int main() {
  return hawser::net::test::serve();
}
