// The second tier of the result cache, with a real Redis: shared, killed, stopped, and one that answers
// garbage.
#include "test/embed/real_redis.hpp"
#include "test/embed/simulated_server.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace hawser::embed {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// So long that a busy machine is in time, where an answer of Redis is expected.
constexpr conf::seconds_count ample(10'000);

server_options beside(const std::string& url, conf::seconds_count within = ample,
                      const std::string& secret = "a secret that we share") {
  server_options made;
  made.settings.cache.redis = url;
  made.settings.cache.redis_secret = secret;
  made.settings.cache.redis_timeout = within;
  return made;
}

struct cached_server : simulated_server {
  explicit cached_server(server_options options) : simulated_server(std::move(options)) {
    start();
    port_ = it.listen().value().port();
  }

  [[nodiscard]] std::string page(const std::string& request) const {
    asio::io_context io;
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    asio::write(socket, asio::buffer(request + " HTTP/1.0\r\nHost: localhost\r\n\r\n"));
    std::string all;
    std::array<char, 4096> piece{};
    for (boost::system::error_code ec; !ec;)
      all.append(piece.data(), socket.read_some(asio::buffer(piece), ec));
    return all;
  }

  /// Questions to Redis that came to this, and that have been counted.
  [[nodiscard]] int looked(const std::string& how) const {
    const std::string all = page("GET /metrics");
    const auto at = all.find("result=\"" + how + "\"}", all.find("hawser_result_cache_far_total{"));
    return at == std::string::npos ? -1 : std::stoi(all.substr(all.find(' ', at)));
  }

  std::uint16_t port_ = 0;
};

/// Asks until it holds, for at most half a minute.
template <class Condition>
bool comes(Condition holds) {
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

std::string alone(const std::string& text) {
  simulated_server plain;
  plain.start();
  return plain.ask(text).text;
}

bool missing(const real_redis& redis) {
  if (redis.runs()) return false;
  BOOST_TEST_MESSAGE("there is no redis-server: nothing was tested");
  return true;
}

BOOST_AUTO_TEST_SUITE(redis_)

BOOST_AUTO_TEST_CASE(servers_share_their_answers) {
  const real_redis redis;
  if (missing(redis)) return;
  cached_server first(beside(redis.url()));
  const answer computed = first.ask("hello");
  BOOST_TEST(comes([&] { return redis.ask("DBSIZE") == ":1"; }));
  cached_server second(beside(redis.url()));
  const answer found = second.ask("hello");
  BOOST_TEST(found.text == computed.text);
  BOOST_TEST(found.tokens.size() == computed.tokens.size());
  BOOST_TEST((found.why == computed.why));
  BOOST_TEST(comes([&] { return second.looked("hit") == 1; }));
  // From now on it is in its own memory.
  BOOST_TEST(second.ask("hello").text == computed.text);
  BOOST_TEST(second.looked("hit") == 1);
  // Who does not know the secret finds nothing.
  cached_server other(beside(redis.url(), ample, "a secret of somebody else"));
  BOOST_TEST(other.ask("hello").text == computed.text);
  BOOST_TEST(comes([&] { return other.looked("miss") == 1; }));
  BOOST_TEST(comes([&] { return redis.ask("DBSIZE") == ":2"; }));
}

BOOST_AUTO_TEST_CASE(what_somebody_else_has_written_is_ignored_and_counted) {
  const real_redis redis;
  if (missing(redis)) return;
  cached_server first(beside(redis.url()));
  const std::string text = first.ask("hello").text;
  BOOST_TEST(comes([&] { return redis.ask("DBSIZE") == ":1"; }));
  const std::string name = redis.ask("KEYS *");
  BOOST_TEST(redis.ask("APPEND " + name + " x").starts_with(':'));
  cached_server second(beside(redis.url()));
  BOOST_TEST(second.ask("hello").text == text);
  BOOST_TEST(comes([&] { return second.looked("rejected") == 1; }));
}

BOOST_AUTO_TEST_CASE(what_is_purged_goes_there_too) {
  const real_redis redis;
  if (missing(redis)) return;
  cached_server server(beside(redis.url()));
  for (const char* text : {"one", "two", "three"}) (void)server.ask(text);
  BOOST_TEST(comes([&] { return redis.ask("DBSIZE") == ":3"; }));
  BOOST_TEST(server.page("DELETE /cache").find(" 200 ") != std::string::npos);
  BOOST_TEST(comes([&] { return redis.ask("DBSIZE") == ":0"; }));
}

BOOST_AUTO_TEST_CASE(killed_in_the_middle_it_costs_its_hits_only_and_comes_back) {
  real_redis redis;
  if (missing(redis)) return;
  cached_server server(beside(redis.url(), conf::seconds_count(200)));
  int before_it = 0;
  BOOST_TEST(comes([&] {
    (void)server.ask("before " + std::to_string(before_it++));
    return redis.ask("DBSIZE") != ":0";
  }));
  redis.kill();
  for (int i = 0; i < 20; ++i) {
    const std::string text = "without " + std::to_string(i);
    const answer got = server.ask(text);
    BOOST_TEST(!got.refused);
    BOOST_TEST((got.why == actors::finish::length));
    if (i == 7) BOOST_TEST(got.text == alone(text));
  }
  BOOST_TEST(comes([&] { return server.looked("skipped") > 0; }));
  redis.start();
  int asked = 0;
  BOOST_TEST(comes([&] {
    (void)server.ask("again " + std::to_string(asked++));
    return redis.ask("DBSIZE") != ":0";
  }));
}

BOOST_AUTO_TEST_CASE(stopped_it_is_not_waited_for) {
  const real_redis redis;
  if (missing(redis)) return;
  cached_server server(beside(redis.url(), conf::seconds_count(200)));
  int before_it = 0;
  BOOST_TEST(comes([&] {
    (void)server.ask("before " + std::to_string(before_it++));
    return redis.ask("DBSIZE") != ":0";
  }));
  redis.signal(SIGSTOP);
  for (int i = 0; i < 20; ++i)
    BOOST_TEST((server.ask("while " + std::to_string(i)).why == actors::finish::length));
  BOOST_TEST(comes([&] { return server.looked("skipped") > 0; }));
  // At most as many have waited for it as it takes to give it up.
  BOOST_TEST(server.looked("failed") + server.looked("late") <= 10 + before_it);
  redis.signal(SIGCONT);
  const int before = server.looked("miss");
  int asked = 0;
  BOOST_TEST(comes([&] {
    (void)server.ask("after " + std::to_string(asked++));
    return server.looked("miss") > before;
  }));
}

// Says the same to every question, until it is destroyed.
class babbler {
 public:
  explicit babbler(std::string always)
      : says_(std::move(always)), door_(io_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this] { babble(); }) {}
  ~babbler() {
    over_ = true;
    boost::system::error_code ignored;
    tcp::socket(io_).connect(door_.local_endpoint(), ignored);
    thread_.join();
  }

  [[nodiscard]] std::string url() const {
    return "redis://127.0.0.1:" + std::to_string(door_.local_endpoint().port());
  }

 private:
  void babble() {
    while (!over_) {
      boost::system::error_code ec;
      tcp::socket one(io_);
      door_.accept(one, ec);
      std::array<char, 512> question{};
      if (!ec) one.read_some(asio::buffer(question), ec);
      if (!ec) asio::write(one, asio::buffer(says_), ec);
    }
  }

  std::string says_;
  std::atomic<bool> over_{false};
  asio::io_context io_;
  tcp::acceptor door_;
  std::thread thread_;
};

BOOST_AUTO_TEST_CASE(nobody_there_and_garbage_are_as_nothing) {
  cached_server nobody(beside("redis://127.0.0.1:" + std::to_string(free_port()), conf::seconds_count(200)));
  BOOST_TEST((nobody.ask("hello").why == actors::finish::length));
  // A string that nobody has sealed; and what is no answer at all.
  for (const auto& [says, becomes] :
       {std::pair("$4\r\nwhat\r\n", "rejected"), std::pair("what?\r\n", "skipped")}) {
    const babbler there(says);
    cached_server server(beside(there.url(), conf::seconds_count(200)));
    for (int i = 0; i < 12; ++i) {
      const std::string text = "hello " + std::to_string(i);
      const answer got = server.ask(text);
      BOOST_TEST((got.why == actors::finish::length));
      if (i < 2) BOOST_TEST(got.text == alone(text));
    }
    BOOST_TEST(comes([&] { return server.looked(becomes) > 0; }));
    BOOST_TEST(server.looked("hit") == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
