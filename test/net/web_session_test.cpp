#include "net/web_socket.hpp"

#include <boost/test/unit_test.hpp>

#include "connection.hpp"
#include "web_client.hpp"

#include <deque>
#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

/// What the guest below was told, in short.
using log = std::vector<std::string>;

/// Answers what it hears: "count N" counts, "late" not at all, "fail" by failing, "bye" by closing with 4001,
/// "quiet" with nothing, "big N" with so many bytes, anything else with itself.
class guest final : public runtime::actor<guest, socket_call> {
 public:
  guest(runtime::home where, std::shared_ptr<log> told) : actor(where), told_(std::move(told)) {}

  void on(socket_call m) {
    switch (m.what) {
    case socket_event::opened:
      told_->push_back("opened " + m.path + " ?" + m.query);
      return m.to.answer({});
    case socket_event::closed:
      told_->push_back("closed");
      return;
    case socket_event::more:
      told_->push_back("more");
      return m.to.answer(count());
    case socket_event::message:
      break;
    }
    const std::string& said = m.message.data;
    told_->push_back(said);
    if (said == "late") return kept_.push_back(std::move(m));
    if (said == "fail") throw std::runtime_error("on purpose");
    if (said == "bye") return m.to.answer({.close = 4001, .reason = "enough"});
    if (said == "odd") return m.to.answer({.close = 1005});
    if (said == "quiet") return m.to.answer({});
    if (said == "stop") left_ = 0;
    if (said.starts_with("count ")) {
      left_ = std::stoi(said.substr(6));
      return m.to.answer(count());
    }
    if (said.starts_with("big "))
      return m.to.answer({.message = web_message{std::string(std::stoul(said.substr(4)), 'x'), false}});
    m.to.answer({.message = m.message});
  }

 private:
  socket_reply count() {
    if (left_ == 0) return {};
    return {.message = web_message{std::to_string(left_--)}, .more = true};
  }

  std::shared_ptr<log> told_;
  std::deque<socket_call> kept_;
  int left_ = 0;
};

/// A connection that has become a WebSocket at /x/talk.
struct talking {
  explicit talking(net_options options = {}) : c(with_socket(std::move(options))) {
    c.send(upgrade("/x/talk?a=b"));
    BOOST_TEST(c.other->from_server.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    const std::size_t end = c.other->from_server.find("\r\n\r\n");
    head = c.other->from_server.substr(0, end + 4);
    c.other->from_server.erase(0, end + 4);
  }
  ~talking() { guests.stop(); }

  net_options with_socket(net_options options) {
    guests = runtime::spawn<guest>(by_guest, {.name = "guest"}, told);
    options.sockets.push_back({"/x/talk", guests, 2000ms});
    return options;
  }
  void send(std::string_view bytes) {
    c.send(bytes);
    run();
  }
  void run() {
    by_guest.run();
    c.by.run();
    while (by_guest.run() > 0) c.by.run();
  }
  /// Frames that came: "text hello", "close 1000", "ping".
  std::vector<std::string> frames() {
    std::vector<std::string> all;
    while (const auto one = take_frame(c.other->from_server)) {
      const auto code = [&] {
        return static_cast<std::uint8_t>(one->payload[0]) * 256 + static_cast<std::uint8_t>(one->payload[1]);
      };
      if (one->opcode == 8)
        all.push_back("close " +
                      (one->payload.empty() ? "" : std::to_string(code()) + " " + one->payload.substr(2)));
      else
        all.push_back((one->opcode == 1   ? "text "
                       : one->opcode == 2 ? "binary "
                       : one->opcode == 9 ? "ping "
                                          : "pong ") +
                      one->payload);
    }
    return all;
  }

  std::shared_ptr<log> told = std::make_shared<log>();
  runtime::crank by_guest;
  guest::address_type guests;
  connection c;
  std::string head;
};

using list = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(web_sessions)

BOOST_AUTO_TEST_CASE(messages_go_to_the_route_and_come_back) {
  talking t;
  BOOST_TEST(t.head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
  BOOST_TEST(t.head.find("Sec-WebSocket-Extensions") == std::string::npos);
  t.run();
  t.send(client_frame(1, "one") + client_frame(2, "two"));
  BOOST_TEST(t.frames() == (list{"text one", "binary two"}));
  t.send(client_frame(8, std::string("\x03\xe8", 2)));
  BOOST_TEST(t.frames() == (list{"close 1000 "}));
  BOOST_TEST(t.c.other->server_finished);
  BOOST_TEST(*t.told == (log{"opened /x/talk ?a=b", "one", "two", "closed"}));
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_handshake_are_not_lost) {
  net_options options;
  talking first;  // how its handshake looks
  connection c(first.with_socket({}));
  c.send(upgrade("/x/talk") + client_frame(1, "early"));
  for (int i = 0; i < 5; ++i) {
    first.by_guest.run();
    c.by.run();
  }
  c.other->from_server.erase(0, c.other->from_server.find("\r\n\r\n") + 4);
  BOOST_TEST(take_frame(c.other->from_server)->payload == "early");
}

BOOST_AUTO_TEST_CASE(who_asks_for_no_websocket_is_told_how) {
  talking t;
  connection c(t.with_socket({}));
  const client_response plain = c.ask(get("/x/talk"));
  BOOST_TEST(plain.status == 426);
  BOOST_TEST(plain.fields.at("upgrade") == "websocket");
  BOOST_TEST(c.ask(upgrade("/x/talk", "Origin: https://elsewhere.example\r\n")).status == 403);
  BOOST_TEST(c.ask(upgrade("/elsewhere")).status == 404);
  BOOST_TEST(c.ask(upgrade("/health")).status == 200);  // nothing speaks WebSocket there: plain HTTP
}

BOOST_AUTO_TEST_CASE(a_stream_goes_on_until_it_is_over_and_hears_what_is_said_meanwhile) {
  talking t;
  t.run();
  t.send(client_frame(1, "count 3"));
  BOOST_TEST(t.frames() == (list{"text 3", "text 2", "text 1"}));
  t.c.send(client_frame(1, "count 100000") + client_frame(1, "stop"));
  t.run();
  BOOST_TEST(t.frames() == (list{"text 100000", "text stop"}));
}

BOOST_AUTO_TEST_CASE(a_slow_reader_is_waited_for_and_then_cut) {
  talking t;
  t.run();
  t.c.other->room = 0;
  t.send(client_frame(1, "big 300000") + client_frame(1, "after"));
  BOOST_TEST(t.told->back() == "big 300000");  // the next is not even asked
  t.c.take(1u << 20u);
  t.run();
  BOOST_TEST(t.frames() == (list{"binary " + std::string(300000, 'x'), "text after"}));
  t.c.other->room = 0;
  t.send(client_frame(1, "big 300000"));
  t.c.by.advance(10s);
  BOOST_TEST(t.c.other->reset);
  t.run();
  BOOST_TEST(t.told->back() == "closed");
  BOOST_TEST(t.c.setup->counters.slow_readers == 1u);
}

BOOST_AUTO_TEST_CASE(pings_are_answered_and_sent_and_the_dead_are_cut) {
  talking t;
  t.run();
  t.send(client_frame(9, "here?"));
  BOOST_TEST(t.frames() == (list{"pong here?"}));
  t.c.by.advance(19s);
  BOOST_TEST(t.frames().empty());
  t.c.by.advance(1s);
  BOOST_TEST(t.frames() == (list{"ping "}));
  t.send(client_frame(10, ""));
  t.c.by.advance(39s);
  BOOST_TEST(t.frames() == (list{"ping "}));
  BOOST_TEST(t.c.open());
  t.c.by.advance(1s);
  BOOST_TEST(t.frames() == (list{"close 1001 nothing was heard from here for too long"}));
  BOOST_TEST(!t.c.open());
  t.run();
  BOOST_TEST(t.told->back() == "closed");
}

BOOST_AUTO_TEST_CASE(who_waits_for_an_answer_is_not_dead) {
  net_options options;
  options.limits.web.waiting = 2;
  talking t(options);
  t.run();
  t.c.other->room = 0;
  t.c.send(client_frame(1, "big 300000"));
  t.run();
  for (int i = 0; i < 5; ++i) t.send(client_frame(1, "more"));
  BOOST_TEST(t.c.other->to_server.size() >
             2 * client_frame(1, "more").size());  // unread, the client's to keep
  t.c.by.advance(9s);
  t.c.take(1u << 20u);
  t.run();
  BOOST_TEST(t.frames().size() == 6u);
}

BOOST_AUTO_TEST_CASE(the_end_has_a_reason) {
  const struct {
    std::string says, ends;
  } cases[] = {
      {client_frame(1, "bye"), "close 4001 enough"},
      {client_frame(1, "odd"), "close 1000 "},
      {client_frame(1, "fail"), "close 1011 what answers here has failed: "},
      {client_frame(1, "late"), "close 1011 what answers here took too long"},
      {"\x83\x80", "close 1002 a frame is of a kind that is not known"},
      {client_frame(1, "\xff"), "close 1007 a text message is not UTF-8"},
      {client_frame(1, std::string(65537, 'x')), "close 1009 a frame may have 65536 bytes"},
      {client_frame(8, ""), "close "},
  };
  for (const auto& each : cases) {
    talking t;
    t.run();
    t.send(each.says);
    if (each.ends.ends_with("too long")) t.c.by.advance(2s);
    const auto frames = t.frames();
    BOOST_REQUIRE(frames.size() == 1u);
    BOOST_TEST(frames.front().starts_with(each.ends), frames.front());
    BOOST_TEST(!t.c.open());
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_ends_the_talk) {
  talking t;
  t.run();
  t.c.other->finished = true;
  t.c.other->wake();
  t.c.by.run();
  t.run();
  BOOST_TEST(t.c.other->closed);
  BOOST_TEST(t.told->back() == "closed");
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_says_so) {
  {
    talking t;
    t.run();
    t.c.who.notify(drain_session{});
    t.c.by.run();
    BOOST_TEST(t.frames() == (list{"close 1001 the server is stopping"}));
    BOOST_TEST(!t.c.open());
  }
  talking t;
  t.run();
  t.send(client_frame(1, "late"));
  t.c.who.notify(drain_session{});
  t.c.by.run();
  BOOST_TEST(t.c.open());  // an answer is on its way
  t.c.who.notify(hang_up{});
  t.c.by.run();
  BOOST_TEST(t.frames() == (list{"close 1001 the server is stopping"}));
}

BOOST_AUTO_TEST_CASE(an_idle_websocket_outlives_what_ends_idle_connections) {
  net_options options;
  options.limits.web.ping_every = 0ms;
  options.limits.web.dead_after = 0ms;
  talking t(options);
  t.run();
  t.c.by.advance(24h);
  BOOST_TEST(t.c.open());
  t.send(client_frame(1, "still"));
  BOOST_TEST(t.frames() == (list{"text still"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
