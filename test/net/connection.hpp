/// A session between a fake core and a client without a socket.
#pragma once

#include "net/session.hpp"
#include "runtime/crank.hpp"

#include <boost/test/unit_test.hpp>

#include "client.hpp"
#include "fake_core.hpp"
#include "simulation/simulated_stream.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace hawser::net::test {

/// One session, turned by hand; large bodies are parsed when the context is run.
struct connection {
  explicit connection(net_options options = {}, visitor from = {})
      : core(by), setup(std::make_shared<session_setup>(
                      std::move(options), core.service(),
                      static_cast<boost::asio::io_context&>(by.context()).get_executor(), 1)) {
    who = runtime::spawn<session>(
        by, {.name = "session", .watcher = [this](const runtime::terminated& t) { ended = t; }}, setup,
        simulation::make_simulated_stream(other),
        std::shared_ptr<const http_limits>(setup, &setup->options.limits), from);
    who.notify(begin_session{});
    by.run();
  }
  ~connection() {
    // However a test left it, a session ends: what runs is hung up, what is not read stalls.
    who.notify(hang_up{});
    who.stop();
    by.run();
    for (int i = 0; i < 3; ++i) by.advance(std::chrono::hours(1));
    BOOST_TEST(ended.name == "session");
    core.core.stop();
    by.run();
  }

  void send(std::string_view bytes) {
    other->to_server += bytes;
    other->wake();
    by.run();
  }
  /// The peer takes `bytes` more.
  void take(std::size_t bytes) {
    other->room += bytes;
    other->wake();
    by.run();
  }
  [[nodiscard]] client_response receive(bool head_only = false) {
    return take_response(other->from_server, head_only);
  }
  [[nodiscard]] client_response ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  [[nodiscard]] bool open() const { return !other->closed && !other->server_finished; }
  /// Large bodies are parsed now.
  void do_heavy_work() {
    auto& io = static_cast<boost::asio::io_context&>(by.context());
    io.restart();
    io.poll();
    by.run();
  }

  runtime::crank by;
  fake_service core;
  std::shared_ptr<session_setup> setup;
  std::shared_ptr<simulation::peer> other = std::make_shared<simulation::peer>();
  runtime::terminated ended;
  session::address_type who;
};

}  // namespace hawser::net::test
