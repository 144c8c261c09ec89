#include "embed/extension.hpp"
#include "embed/failure.hpp"
#include "test/embed/simulated_server.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::embed {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// An extension whose functions the test writes.
struct script {
  std::function<verdict(const seen_request&)> request;
  std::function<void(const seen_text&)> text;
  std::function<void(const seen_end&)> end;
  std::function<net::route_reply(const net::route_call&)> call;
  std::function<void(const std::string&)> metrics;
  std::function<admission_verdict(const admission_facts&)> admission;
  std::counting_semaphore<> lives{0};  // one more for each
};

class scripted final : public extension {
 public:
  explicit scripted(std::shared_ptr<script> by) : by_(std::move(by)) { by_->lives.release(); }

  verdict on_request(const seen_request& m) override { return by_->request ? by_->request(m) : pass{}; }
  void on_text(const seen_text& m) override {
    if (by_->text) by_->text(m);
  }
  void on_end(const seen_end& m) override {
    if (by_->end) by_->end(m);
  }
  net::route_reply on_call(const net::route_call& m) override { return by_->call(m); }
  void on_metrics(const std::string& page) override { by_->metrics(page); }
  admission_verdict on_admission(const admission_facts& m) override { return by_->admission(m); }

 private:
  std::shared_ptr<script> by_;
};

extension_options with(const std::shared_ptr<script>& by, const std::string& name = "scripted") {
  extension_options made;
  made.name = name;
  made.make = [by] { return std::make_unique<scripted>(by); };
  made.requests = static_cast<bool>(by->request);
  made.answers = by->text || by->end;
  made.admission = static_cast<bool>(by->admission);
  // What is not meant to be late has all the time that a busy machine may take.
  made.deadline = 30s;
  made.route_deadline = 30s;
  return made;
}

server_options holding(std::vector<extension_options> all) {
  server_options made;
  made.extensions = std::move(all);
  return made;
}

/// Holds up whoever passes, until it is opened.
class barrier {
 public:
  void pass() const { open_.wait(false); }
  void open() {
    open_ = true;
    open_.notify_all();
  }

 private:
  std::atomic<bool> open_{false};
};

/// The whole response to one request.
std::string get(std::uint16_t port, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), port});
  asio::write(socket,
              asio::buffer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  std::string all;
  boost::system::error_code ec;
  asio::read(socket, asio::dynamic_buffer(all), ec);
  return all;
}

BOOST_AUTO_TEST_SUITE(embed_extensions)

BOOST_AUTO_TEST_CASE(a_request_is_changed_or_refused_before_it_is_admitted) {
  const auto by = std::make_shared<script>();
  by->request = [](const seen_request& m) -> verdict {
    const std::string& text = std::get<actors::plain_prompt>(m.spec.prompt).text;
    if (text == "bad") return refuse{"no such words here", "prompt"};
    change made{m.spec};
    made.spec.max_tokens = 3;
    return made;
  };
  simulated_server server(holding({with(by)}));
  server.start();
  BOOST_TEST(server.ask("good", 8).tokens.size() == 3u);
  const answer no = server.ask("bad");
  BOOST_TEST(no.refused);
  BOOST_TEST((no.no == actors::refusal::invalid));
  BOOST_TEST(no.message == "no such words here");
}

BOOST_AUTO_TEST_CASE(an_answer_is_seen_as_it_is_made_and_its_end_once) {
  const auto by = std::make_shared<script>();
  const auto over = std::make_shared<std::counting_semaphore<>>(0);
  std::string text;
  std::uint32_t tokens = 0, tokens_at_end = 0;
  int ends = 0;
  by->text = [&](const seen_text& m) {
    text += m.text;
    tokens += m.tokens;
  };
  by->end = [&, over](const seen_end& m) {
    ends += m.refused ? 0 : 1;
    tokens_at_end = m.answer_tokens;  // Boost.Test is for one thread
    over->release();
  };
  simulated_server server(holding({with(by)}));
  server.start();
  const answer got = server.ask("hello");
  BOOST_REQUIRE(over->try_acquire_for(30s));
  BOOST_TEST(text == got.text);
  BOOST_TEST(tokens == 8u);
  BOOST_TEST(tokens_at_end == 8u);
  server.it.stop();
  BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_CASE(one_that_throws_is_made_again_and_takes_no_request_with_it) {
  const auto by = std::make_shared<script>();
  by->request = [](const seen_request& m) -> verdict {
    if (std::get<actors::plain_prompt>(m.spec.prompt).text == "poison") throw std::runtime_error("poisoned");
    return pass{};
  };
  simulated_server server(holding({with(by)}));
  server.start();
  BOOST_TEST(server.ask("fine").tokens.size() == 8u);
  BOOST_TEST(server.ask("poison").tokens.size() == 8u);
  BOOST_TEST(server.ask("fine").tokens.size() == 8u);
  for (int life = 1; life <= 2; ++life) BOOST_TEST(by->lives.try_acquire_for(30s));
  server.it.stop();
  BOOST_TEST(!by->lives.try_acquire());
}

BOOST_AUTO_TEST_CASE(one_that_fails_too_often_ends_for_good_and_the_server_goes_on) {
  const auto by = std::make_shared<script>();
  by->request = [](const seen_request&) -> verdict { throw std::runtime_error("always"); };
  simulated_server server(holding({with(by)}));
  server.start();
  for (int i = 0; i < 10; ++i) BOOST_TEST(server.ask("x", 1).tokens.size() == 1u);
  const int all = 1 + static_cast<int>(extension_options{}.restarts);
  for (int life = 1; life <= all; ++life) BOOST_TEST(by->lives.try_acquire_for(30s));
  server.it.stop();
  BOOST_TEST(!by->lives.try_acquire());
}

BOOST_AUTO_TEST_CASE(one_that_throws_at_an_answer_harms_none) {
  const auto by = std::make_shared<script>();
  by->text = [](const seen_text&) { throw std::runtime_error("at a token"); };
  simulated_server server(holding({with(by)}));
  server.start();
  for (int i = 0; i < 5; ++i) BOOST_TEST(server.ask("x").tokens.size() == 8u);
}

struct hanging {
  explicit hanging(bool required) {
    by->request = [barred = hold](const seen_request&) -> verdict {
      barred->pass();
      return refuse{"too late to matter", {}};
    };
    options = with(by, "hangs");
    options.deadline = 20ms;
    options.required = required;
  }

  std::shared_ptr<script> by = std::make_shared<script>();
  std::shared_ptr<barrier> hold = std::make_shared<barrier>();
  extension_options options;
};

BOOST_AUTO_TEST_CASE(one_that_hangs_is_gone_on_without) {
  const hanging it(false);
  simulated_server server(holding({it.options}));
  server.start();
  for (int i = 0; i < 5; ++i) BOOST_TEST(server.ask("x").tokens.size() == 8u);
  it.hold->open();
}

BOOST_AUTO_TEST_CASE(without_one_that_is_required_and_hangs_a_request_is_refused) {
  const hanging it(true);
  simulated_server server(holding({it.options}));
  server.start();
  const answer no = server.ask("x");
  BOOST_TEST(no.refused);
  BOOST_TEST((no.no == actors::refusal::not_ready));
  it.hold->open();
}

BOOST_AUTO_TEST_CASE(one_that_never_comes_back_does_not_hold_up_the_end) {
  const hanging it(false);
  {
    simulated_server server(holding({it.options}));
    server.start();
    BOOST_TEST(server.ask("x").tokens.size() == 8u);
  }
  // It was left behind; now it may go.
  it.hold->open();
}

BOOST_AUTO_TEST_CASE(a_route_answers_and_its_failures_are_its_own) {
  const auto by = std::make_shared<script>();
  by->call = [](const net::route_call& m) {
    if (m.query == "fail") throw std::runtime_error("at a route");
    net::route_reply reply;
    if (m.query == "stream" || m.part > 0) {
      reply.more = m.part < 3;
      if (reply.more) reply.what.body = "event " + std::to_string(m.part);
      return reply;
    }
    reply.what.type = "text/plain";
    reply.what.body = m.method + " " + m.path + " " + m.query;
    return reply;
  };
  extension_options options = with(by);
  options.routes = {"/x/test"};
  simulated_server server(holding({options}));
  const std::uint16_t port = server.it.listen().value().port();
  const std::string plain = get(port, "/x/test?a=1");
  BOOST_TEST(plain.starts_with("HTTP/1.1 200"), plain);
  BOOST_TEST(plain.ends_with("GET /x/test a=1"), plain);
  BOOST_TEST(get(port, "/x/test?fail").starts_with("HTTP/1.1 502"));
  BOOST_TEST(get(port, "/x/test").starts_with("HTTP/1.1 200"));
  BOOST_TEST(get(port, "/x/other").starts_with("HTTP/1.1 404"));
  const std::string stream = get(port, "/x/test?stream");
  BOOST_TEST(stream.find("text/event-stream") != std::string::npos, stream);
  for (const char* const event : {"data: event 0\n\n", "data: event 1\n\n", "data: event 2\n\n"})
    BOOST_TEST(stream.find(event) != std::string::npos, stream);
  BOOST_TEST(stream.ends_with("0\r\n\r\n"), stream);
}

BOOST_AUTO_TEST_CASE(a_route_that_hangs_is_a_504) {
  const auto by = std::make_shared<script>();
  const auto hold = std::make_shared<barrier>();
  by->call = [hold](const net::route_call&) {
    hold->pass();
    return net::route_reply{};
  };
  extension_options options = with(by);
  options.routes = {"/x/hang"};
  options.route_deadline = 20ms;
  simulated_server server(holding({options}));
  const std::uint16_t port = server.it.listen().value().port();
  BOOST_TEST(get(port, "/x/hang").starts_with("HTTP/1.1 504"));
  BOOST_TEST(get(port, "/health").starts_with("HTTP/1.1 200"));
  hold->open();
}

BOOST_AUTO_TEST_CASE(another_policy_decides_who_comes_in) {
  const auto by = std::make_shared<script>();
  std::atomic<std::size_t> bytes{0};
  by->admission = [&](const admission_facts& m) -> admission_verdict {
    bytes = m.bytes;
    if (m.max_tokens == 3) return turn_away{"not three", 4s};
    return let_in{};
  };
  simulated_server server(holding({with(by)}));
  server.start();
  BOOST_TEST(server.ask("hello", 8).tokens.size() == 8u);
  BOOST_TEST(bytes == 5u);
  const answer no = server.ask("hello", 3);
  BOOST_TEST(no.refused);
  BOOST_TEST((no.no == actors::refusal::overloaded));
  BOOST_TEST(no.message == "not three");
}

BOOST_AUTO_TEST_CASE(a_policy_that_fails_is_made_again_and_the_default_decides_meanwhile) {
  const auto by = std::make_shared<script>();
  std::atomic<int> asked{0};
  by->admission = [&](const admission_facts& m) -> admission_verdict {
    ++asked;
    if (m.max_tokens == 5) throw std::runtime_error("a policy with a hole");
    return turn_away{"closed", 1s};
  };
  simulated_server server(holding({with(by)}));
  server.start();
  BOOST_TEST(server.ask("x", 2).refused);
  BOOST_TEST(server.ask("x", 5).tokens.size() == 5u);  // nobody decides but the default
  BOOST_TEST(server.ask("x", 2).refused);              // the next life
  BOOST_TEST(asked == 3);
  for (int life = 1; life <= 2; ++life) BOOST_TEST(by->lives.try_acquire_for(30s));
}

BOOST_AUTO_TEST_CASE(only_one_may_decide_on_admission) {
  const auto by = std::make_shared<script>();
  by->admission = [](const admission_facts&) -> admission_verdict { return by_default{}; };
  BOOST_CHECK_THROW(const server never(holding({with(by, "one"), with(by, "two")})), failure);
}

BOOST_AUTO_TEST_CASE(the_metrics_come_by_themselves) {
  const auto by = std::make_shared<script>();
  const auto came = std::make_shared<std::counting_semaphore<>>(0);
  by->metrics = [came](const std::string& page) {
    if (page.find("hawser_actor_") != std::string::npos) came->release();
  };
  extension_options options = with(by);
  options.metrics_every = 20ms;
  simulated_server server(holding({options}));
  server.start();
  BOOST_TEST(came->try_acquire_for(30s));
  BOOST_TEST(came->try_acquire_for(30s));
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_made_is_said_at_once) {
  extension_options broken;
  broken.name = "broken";
  broken.make = []() -> std::unique_ptr<extension> { throw std::runtime_error("no licence"); };
  try {
    const server never(holding({broken}));
    BOOST_ERROR("it was made");
  } catch (const failure& e) {
    BOOST_TEST((e.code() == errc::extension));
    BOOST_TEST(std::string(e.what()) == "the extension broken cannot be made: no licence");
  }
}

BOOST_AUTO_TEST_CASE(two_may_not_want_the_same_route) {
  const auto by = std::make_shared<script>();
  extension_options one = with(by, "one");
  one.routes = {"/x/a"};
  extension_options two = with(by, "two");
  two.routes = {"/x/a"};
  BOOST_CHECK_THROW(const server never(holding({one, two})), failure);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::embed
