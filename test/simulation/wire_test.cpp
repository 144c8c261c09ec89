#include "net/byte_stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include "simulation/wire.hpp"

#include <array>
#include <string>

namespace hawser::simulation {
namespace {

using namespace std::chrono_literals;

struct line {
  explicit line(wire_habits habits, std::uint64_t seed = 1)
      : way(time, runtime::dice(seed), habits), server(way.server_end()) {
    way.on_bytes = [this](std::string_view bytes) {
      client += bytes;
      ++pieces;
    };
    way.on_end = [this](bool reset) { end = reset ? 2 : 1; };
  }

  /// What the server can read now; `ec` says why there is no more.
  std::string read() {
    std::string all;
    std::array<char, 4096> some{};
    for (ec = {}; !ec;) all.append(some.data(), server->read_some(some, ec));
    return all;
  }

  runtime::manual_time time;
  wire way;
  std::unique_ptr<net::byte_stream> server;
  std::string client;
  int pieces = 0;
  int end = 0;
  boost::system::error_code ec;
};

BOOST_AUTO_TEST_SUITE(wires)

BOOST_AUTO_TEST_CASE(bytes_take_time_and_keep_their_order) {
  const std::string text(1000, 'x');
  line l({.quickest = 1ms, .slowest = 5ms, .piece = 64});
  l.way.send("first ");
  l.time.advance(2ms);
  l.way.send(text);
  l.way.finish();
  std::string all = l.read();
  int reads = all.empty() ? 0 : 1;
  for (int i = 0; i < 500; ++i) {
    l.time.advance(100us);
    const std::string some = l.read();
    reads += some.empty() ? 0 : 1;
    all += some;
  }
  BOOST_TEST(all == "first " + text);
  BOOST_TEST((l.ec == boost::asio::error::eof));
  BOOST_TEST(reads > 1);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_makes_the_server_wait) {
  line l({.window = 100, .read = 10, .read_pause = 1s});
  const std::string text(300, 'y');
  BOOST_TEST(l.server->write_some(text, l.ec) == 100u);
  BOOST_TEST(l.server->write_some(text, l.ec) == 0u);
  BOOST_TEST((l.ec == boost::asio::error::would_block));
  l.time.advance(3s);
  BOOST_TEST(l.client.size() >= 20u);
  BOOST_TEST(l.client.size() <= 40u);
  l.ec = {};
  BOOST_TEST(l.server->write_some(text, l.ec) == l.client.size());
}

BOOST_AUTO_TEST_CASE(ends_come_after_the_bytes_and_resets_at_once) {
  line polite({});
  (void)polite.server->write_some("bye", polite.ec);
  polite.server->finish_writing();
  polite.time.advance(1s);
  BOOST_TEST(polite.client == "bye");
  BOOST_TEST(polite.end == 1);
  line rude({.read = 1, .read_pause = 1s});
  (void)rude.server->write_some("bye", rude.ec);
  rude.time.advance(500ms);
  rude.server->close(true);
  rude.time.advance(10s);
  BOOST_TEST(rude.client == "b");
  BOOST_TEST(rude.end == 2);
  line gone({});
  (void)gone.server->write_some("bye", gone.ec);
  gone.server.reset();
  gone.time.advance(1s);
  BOOST_TEST(gone.client == "bye");
  BOOST_TEST(gone.end == 1);
}

BOOST_AUTO_TEST_CASE(half_open_means_that_nobody_is_told) {
  line l({});
  l.way.fall_silent();
  l.way.send("hello");
  l.way.finish();
  (void)l.server->write_some("hello", l.ec);
  l.time.advance(1h);
  BOOST_TEST(l.read() == "");
  BOOST_TEST((l.ec == boost::asio::error::would_block));
  BOOST_TEST(l.client == "");
  BOOST_TEST(l.end == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
