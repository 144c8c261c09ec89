#include "embed/event_loops.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace hawser::embed {

namespace {

std::thread run_named(boost::asio::io_context& io, const std::string& name) {
  return std::thread([&io, name] {
    // As top and gdb show it; at most 15 characters.
    pthread_setname_np(pthread_self(), name.c_str());
    io.run();
  });
}

// As many calls go round as there are threads. A thread that has answered puts a further call off a little,
// so that it comes to another: whoever is woken next.
struct roll : std::enable_shared_from_this<roll> {
  roll(boost::asio::io_context& loop, std::size_t threads, std::chrono::steady_clock::time_point until,
       std::function<void()> then)
      : io(loop), expected(threads), last(until), all_here(std::move(then)) {}

  void answer() {
    bool again = false;
    bool all = false;
    {
      const std::lock_guard held(guard);
      if (present.size() == expected) return;
      again = !present.insert(std::this_thread::get_id()).second;
      all = present.size() == expected;
    }
    if (all) all_here();
    if (again && std::chrono::steady_clock::now() < last) put_off();
  }

  void put_off() {
    auto delay = std::make_shared<boost::asio::steady_timer>(io, std::chrono::milliseconds(2));
    delay->async_wait([one = shared_from_this(), delay](const boost::system::error_code& ec) {
      if (!ec) one->answer();
    });
  }

  boost::asio::io_context& io;
  const std::size_t expected;
  const std::chrono::steady_clock::time_point last;
  const std::function<void()> all_here;
  std::mutex guard;
  std::set<std::thread::id> present;
};

}  // namespace

event_loops::event_loops(std::uint32_t loop_threads, std::uint32_t pool_threads)
    : loop_(static_cast<int>(loop_threads)), pool_(static_cast<int>(pool_threads)),
      keep_loop_(loop_.get_executor()), keep_pool_(pool_.get_executor()), by_loop_(loop_, loop_threads),
      by_pool_(pool_, pool_threads), loop_threads_(loop_threads) {
  for (std::uint32_t i = 0; i < loop_threads; ++i)
    threads_.push_back(run_named(loop_, "loop-" + std::to_string(i)));
  for (std::uint32_t i = 0; i < pool_threads; ++i)
    threads_.push_back(run_named(pool_, "pool-" + std::to_string(i)));
}

void event_loops::call_roll(std::chrono::milliseconds within, std::function<void()> all_here) {
  const auto until = std::chrono::steady_clock::now() + within;
  const auto one = std::make_shared<roll>(loop_, loop_threads_, until, std::move(all_here));
  for (std::uint32_t i = 0; i < loop_threads_; ++i) boost::asio::post(loop_, [one] { one->answer(); });
}

event_loops::~event_loops() {
  stop();
}

void event_loops::stop() {
  loop_.stop();
  pool_.stop();
  for (std::thread& one : threads_) one.join();
  threads_.clear();
}

}  // namespace hawser::embed
