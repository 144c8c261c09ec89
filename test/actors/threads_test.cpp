// The core on real threads: for the thread sanitizer above all.
#include "actors/assembly.hpp"
#include "runtime/actor.hpp"
#include "runtime/asio_scheduler.hpp"
#include "test/actors/fakes.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

class counting_reader final
    : public runtime::actor<counting_reader, refused, admitted, generated, choice_ended, ended> {
 public:
  counting_reader(runtime::home where, std::atomic<int>& ends, std::atomic<int>& tokens)
      : actor(where), ends_(ends), tokens_(tokens) {}

  void on(const refused&) { ++ends_; }
  void on(const admitted&) {}
  void on(const generated& m) { tokens_ += static_cast<int>(m.tokens.size()); }
  void on(const choice_ended&) {}
  void on(const ended&) { ++ends_; }

 private:
  std::atomic<int>& ends_;
  std::atomic<int>& tokens_;
};

BOOST_AUTO_TEST_SUITE(core_on_threads)

BOOST_AUTO_TEST_CASE(many_requests_from_many_threads_end_once_each) {
  boost::asio::io_context io;
  boost::asio::io_context texts;
  boost::asio::io_context device;
  auto work = boost::asio::make_work_guard(io);
  auto more_work = boost::asio::make_work_guard(texts);
  auto device_work = boost::asio::make_work_guard(device);
  runtime::asio_scheduler by(io, 2);
  runtime::asio_scheduler pool(texts, 2);
  runtime::steady_time device_time(device.get_executor());
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&io] { io.run(); });
  for (int i = 0; i < 2; ++i) threads.emplace_back([&texts] { texts.run(); });
  threads.emplace_back([&device] { device.run(); });

  auto serving = std::make_unique<core>(
      by, pool, core_options{.queued_requests = 40}, core_loader([&] {
        core_parts parts;
        parts.backends.push_back(std::make_unique<fake_backend>(
            device_time,
            fake_options{
                .seats = 8, .step_tokens = 32, .pages = 200, .step_cost = 100us, .token_cost = 1us}));
        parts.tokenizer = std::make_shared<fake_tokenizer>();
        parts.model_name = "fake";
        return model::result<core_parts>(std::move(parts));
      }));
  std::promise<void> ready;
  serving->start([&ready](phase now, std::string_view) {
    if (now == phase::ready) ready.set_value();
  });
  ready.get_future().get();

  std::atomic<int> ends{0};
  std::atomic<int> tokens{0};
  constexpr int senders = 3;
  constexpr int each = 150;
  const generation_listener listener =
      runtime::spawn<counting_reader>(by, {.name = "reader", .mailbox = 1u << 20}, ends, tokens);
  std::vector<std::thread> clients;
  for (int s = 0; s < senders; ++s) {
    clients.emplace_back([&, s] {
      for (int i = 0; i < each; ++i) {
        generate g;
        g.id = static_cast<request_id>(s * each + i + 1);
        const request_id id = g.id;
        g.spec.prompt = plain_prompt{"request " + std::to_string(id)};
        g.spec.max_tokens = 10;
        g.spec.choices = 1 + static_cast<std::uint32_t>(i % 3);
        g.listener = listener;
        while (serving->serving().ingress.tell(std::move(g)) == runtime::told::full)
          std::this_thread::yield();
        if (i % 5 == 0) serving->serving().ingress.notify(cancel{id});
        if (i % 10 == 0) std::this_thread::sleep_for(2ms);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  std::promise<void> down;
  serving->stop([&down] { down.set_value(); });
  down.get_future().get();
  serving.reset();
  // What it was told is still handled.
  listener.stop();
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (ends < senders * each && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  work.reset();
  more_work.reset();
  device_work.reset();
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(ends == senders * each);
  BOOST_TEST(tokens > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
