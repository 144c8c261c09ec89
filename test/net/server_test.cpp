#include "net/server.hpp"
#include "runtime/asio_scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include "client.hpp"
#include "fake_core.hpp"

#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

/// A server on a free port of loopback, two threads, a fake core.
class running_server {
 public:
  explicit running_server(net_options options = {}) : core_(by_), guard_(io_.get_executor()) {
    options.port = 0;
    options.version = "test";
    server_.emplace(std::move(options), core_.service(), by_, io_, heavy_.get_executor());
    where_ = server_->start().value();
    core_.log->on_generate = [this] { generated_.release(); };
    core_.log->on_cancel = [this] { cancelled_.release(); };
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  ~running_server() {
    std::latch stopped(1);
    server_->stop([&stopped] { stopped.count_down(); });
    stopped.wait();
    core_.core.stop();
    guard_.reset();
    for (std::jthread& t : threads_) t.join();
    heavy_.join();
  }

  [[nodiscard]] const boost::asio::ip::tcp::endpoint& where() const { return where_; }
  [[nodiscard]] server& it() { return *server_; }
  [[nodiscard]] fake_service& core() { return core_; }
  /// The core has been asked once more; was told to cancel once more.
  [[nodiscard]] bool wait_generate() { return generated_.try_acquire_for(20s); }
  [[nodiscard]] bool wait_cancel() { return cancelled_.try_acquire_for(20s); }

 private:
  boost::asio::io_context io_{2};
  runtime::asio_scheduler by_{io_};
  boost::asio::thread_pool heavy_{1};
  fake_service core_;
  std::counting_semaphore<> generated_{0};
  std::counting_semaphore<> cancelled_{0};
  std::optional<server> server_;
  boost::asio::ip::tcp::endpoint where_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::vector<std::jthread> threads_;
};

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_AUTO_TEST_CASE(probes_and_predict_share_a_connection) {
  running_server s;
  client c(s.where());
  BOOST_TEST(c.ask(get("/health")).body == R"({"status":"ok"})");
  BOOST_TEST(c.ask(get("/ready")).status == 200);
  const client_response answer = c.ask(post("/predict", R"({"text":"count 3"})"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(
      answer.body ==
      R"({"text":"0 1 2 ","prompt_tokens":5,"cached_tokens":2,"completion_tokens":3,"finish_reason":"stop",)"
      R"("timings":{"queue_ms":1.5,"prefill_ms":20,"decode_ms":30}})");
  BOOST_TEST(answer.fields.at("server-timing") == "queue;dur=1.5, prefill;dur=20, decode;dur=30");
  BOOST_TEST(c.ask(get("/metrics")).body.starts_with("# TYPE fake gauge"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
