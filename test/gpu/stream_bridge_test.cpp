/// The bridge on the stand-in runtime: tokens, order, errors, cancellation, deadlines, closing.
#include "gpu/error.hpp"
#include "gpu/stand_in/stand_in.hpp"
#include "gpu/stream_waiting.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace hawser;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace stand_in = gpu::stand_in;
using boost::system::error_code;

/// Time that moves when a test says so.
std::atomic<std::int64_t> moment{0};

gpu::bridge_options scripted() {
  gpu::bridge_options options;
  options.now = [] { return gpu::time_point(std::chrono::nanoseconds(moment.load())); };
  options.closing = 0s;
  return options;
}

struct rig {
  explicit rig(gpu::bridge_options options = {}) : bridge(stand_in::calls(), 0, std::move(options)) {}
  ~rig() {
    for (const gpu::stream_handle s : streams) {
      stand_in::release(s);
      stand_in::calls().destroy_stream(s);
    }
  }
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;

  gpu::device_stream stream(asio::any_io_executor executor) {
    gpu::stream_handle made = nullptr;
    BOOST_REQUIRE(
        (stand_in::calls().create_stream(&made, gpu::stream_non_blocking) == gpu::cuda_error::none));
    streams.push_back(made);
    return {std::move(executor), &bridge, made};
  }

  struct fresh {
    fresh() {
      moment = 0;
      stand_in::reset();
    }
  } fresh_;
  gpu::stream_bridge bridge;
  std::vector<gpu::stream_handle> streams;
};

/// A buffer that says when it is let go.
struct watched {
  std::shared_ptr<std::promise<void>> gone = std::make_shared<std::promise<void>>();
  std::future<void> when_gone = gone->get_future();
  std::shared_ptr<const void> buffer{gone.get(), [gone = gone](const void*) { gone->set_value(); }};

  bool still_there() const { return when_gone.wait_for(0s) == std::future_status::timeout; }
  bool let_go() const { return when_gone.wait_for(30s) == std::future_status::ready; }
};

BOOST_AUTO_TEST_SUITE(stream_bridge)

BOOST_AUTO_TEST_CASE(handlers_run_in_order_on_their_strand_and_never_inline) {
  asio::thread_pool pool(2);
  rig r;
  const auto strand = asio::make_strand(pool.get_executor());
  const auto stream = r.stream(pool.get_executor());
  std::vector<int> order;
  std::atomic<int> off_strand = 0;
  std::promise<void> done;
  constexpr int waits = 200;
  for (int i = 0; i < waits; ++i) {
    stand_in::run(stream.handle, [] {});
    gpu::async_wait(stream, asio::bind_executor(strand, [&, i](error_code e) {
                      if (e || !strand.running_in_this_thread()) ++off_strand;
                      order.push_back(i);
                      if (i + 1 == waits) done.set_value();
                    }));
  }
  done.get_future().wait();
  pool.join();
  BOOST_TEST(off_strand == 0);
  BOOST_REQUIRE(order.size() == waits);
  for (int i = 0; i < waits; ++i) BOOST_REQUIRE(order[static_cast<std::size_t>(i)] == i);
}

BOOST_AUTO_TEST_CASE(a_future_keeps_the_loop_running) {
  asio::io_context io;
  rig r;
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  auto future = gpu::async_wait(stream, asio::use_future);
  BOOST_TEST(io.poll() == 0u);
  BOOST_TEST(!io.stopped());
  stand_in::release(stream.handle);
  io.run();
  BOOST_TEST((future.wait_for(0s) == std::future_status::ready));
  future.get();
}

asio::awaitable<void> wait_twice(gpu::device_stream stream, std::vector<error_code>& got) {
  for (int i = 0; i < 2; ++i) {
    const auto [e] = co_await gpu::async_wait(stream, asio::as_tuple(asio::use_awaitable));
    got.push_back(e);
  }
}

BOOST_AUTO_TEST_CASE(a_coroutine_waits) {
  asio::io_context io;
  rig r;
  std::vector<error_code> got;
  asio::co_spawn(io, wait_twice(r.stream(io.get_executor()), got), [](std::exception_ptr) {});
  io.run();
  BOOST_REQUIRE(got.size() == 2);
  BOOST_TEST(!got[0]);
  BOOST_TEST(!got[1]);
}

BOOST_AUTO_TEST_CASE(a_broken_device_ends_pending_and_later_waits_of_every_stream) {
  asio::io_context io;
  rig r;
  const auto first = r.stream(io.get_executor()), second = r.stream(io.get_executor());
  stand_in::hold(second.handle);
  std::vector<error_code> got;
  const auto note = [&](error_code e) { got.push_back(e); };
  watched w;
  gpu::async_wait(second, {.keep = std::exchange(w.buffer, nullptr)}, note);
  stand_in::fault(first.handle, gpu::cuda_error::illegal_address);
  gpu::async_wait(first, note);
  io.run();
  BOOST_TEST(got.size() == 2);
  gpu::async_wait(first, note);
  gpu::async_wait(second, note);
  io.restart();
  io.run();
  BOOST_REQUIRE(got.size() == 4);
  for (const error_code e : got) BOOST_TEST((e == gpu::cuda_error::illegal_address));
  BOOST_TEST((r.bridge.broken() == gpu::cuda_error::illegal_address));
  // A broken device touches nothing any more.
  BOOST_TEST(w.let_go());
}

BOOST_AUTO_TEST_CASE(calls_that_fail_complete_their_wait) {
  for (const char* const name : {"cudaEventCreateWithFlags", "cudaEventRecord"}) {
    gpu::bridge_options options;
    options.events = 0;
    asio::io_context io;
    rig r(options);
    const auto stream = r.stream(io.get_executor());
    stand_in::fail_call(name, gpu::cuda_error::out_of_memory);
    std::vector<error_code> got;
    gpu::async_wait(stream, [&](error_code e) { got.push_back(e); });
    BOOST_TEST(got.empty());
    io.run();
    BOOST_REQUIRE(got.size() == 1);
    BOOST_TEST((got[0] == gpu::cuda_error::out_of_memory));
    io.restart();
    gpu::async_wait(stream, [&](error_code e) { got.push_back(e); });
    io.run();
    BOOST_REQUIRE(got.size() == 2);
    BOOST_TEST(!got[1]);
  }
}

BOOST_AUTO_TEST_CASE(a_wait_without_an_event_gives_no_buffer_back) {
  watched w;
  {
    asio::io_context io;
    rig r;
    const auto stream = r.stream(io.get_executor());
    stand_in::fail_call("cudaEventRecord", gpu::cuda_error::out_of_memory);
    gpu::async_wait(stream, {.keep = std::exchange(w.buffer, nullptr)}, [](error_code) {});
    io.run();
  }
  BOOST_TEST(w.still_there());
}

BOOST_AUTO_TEST_CASE(cancellation_completes_at_once_and_keeps_the_buffers) {
  asio::io_context io;
  rig r;
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  watched w;
  asio::cancellation_signal signal;
  std::vector<error_code> got;
  gpu::async_wait(stream, {.keep = std::exchange(w.buffer, nullptr)},
                  asio::bind_cancellation_slot(signal.slot(), [&](error_code e) { got.push_back(e); }));
  asio::post(io, [&] { signal.emit(asio::cancellation_type::terminal); });
  io.run();
  BOOST_REQUIRE(got.size() == 1);
  BOOST_TEST((got[0] == asio::error::operation_aborted));
  BOOST_TEST(w.still_there());
  BOOST_TEST(r.bridge.pending() == 1);
  stand_in::release(stream.handle);
  BOOST_TEST(w.let_go());
}

BOOST_AUTO_TEST_CASE(a_deadline_completes_and_keeps_the_buffers) {
  asio::io_context io;
  rig r(scripted());
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  watched w;
  std::vector<error_code> got;
  gpu::async_wait(stream, {.keep = std::exchange(w.buffer, nullptr), .patience = 3s},
                  [&](error_code e) { got.push_back(e); });
  moment = std::chrono::nanoseconds(3s).count();
  io.run();
  BOOST_REQUIRE(got.size() == 1);
  BOOST_TEST((got[0] == gpu::errc::late));
  BOOST_TEST(w.still_there());
  stand_in::release(stream.handle);
  BOOST_TEST(w.let_go());
}

BOOST_AUTO_TEST_CASE(every_wait_has_a_deadline) {
  asio::io_context io;
  rig r(scripted());
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  std::optional<error_code> got;
  gpu::async_wait(stream, [&](error_code e) { got = e; });
  moment = std::chrono::nanoseconds(61s).count();
  io.run();
  BOOST_TEST((got == gpu::errc::late));
  stand_in::release(stream.handle);
  moment = 0;
  BOOST_TEST(r.bridge.close(30s));
}

BOOST_AUTO_TEST_CASE(closing_ends_what_waits_and_refuses_what_comes) {
  asio::io_context io;
  rig r;
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  watched w;
  std::vector<error_code> got;
  const auto note = [&](error_code e) { got.push_back(e); };
  gpu::async_wait(stream, {.keep = std::exchange(w.buffer, nullptr)}, note);
  auto closed = std::async(std::launch::async, [&] { return r.bridge.close(60s); });
  // Only closing can end this wait: the stream is held.
  io.run();
  io.restart();
  BOOST_TEST(w.still_there());
  gpu::async_wait(stream, note);
  io.run();
  stand_in::release(stream.handle);
  BOOST_TEST(closed.get());
  BOOST_TEST(w.let_go());
  BOOST_REQUIRE(got.size() == 2);
  for (const error_code e : got) BOOST_TEST((e == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_device_that_hangs_does_not_hold_up_closing) {
  watched w;
  std::vector<error_code> got;
  {
    asio::io_context io;
    rig r(scripted());
    const auto stream = r.stream(io.get_executor());
    stand_in::hold(stream.handle);
    gpu::async_wait(stream, {.keep = std::exchange(w.buffer, nullptr)},
                    [&](error_code e) { got.push_back(e); });
    BOOST_TEST(!r.bridge.close(0s));
    io.run();
  }
  BOOST_REQUIRE(got.size() == 1);
  BOOST_TEST((got[0] == asio::error::operation_aborted));
  BOOST_TEST(w.still_there());
}

BOOST_AUTO_TEST_CASE(cancelling_and_finishing_race_and_one_wins) {
  std::atomic<int> completions = 0;
  constexpr int waits = 400;
  {
    asio::thread_pool pool(2);
    rig r;
    const auto stream = r.stream(pool.get_executor());
    for (int i = 0; i < waits; ++i) {
      const auto strand = asio::make_strand(pool.get_executor());
      const auto signal = std::make_shared<asio::cancellation_signal>();
      asio::post(strand, [&, strand, signal] {
        const auto count = [&, signal](error_code) { ++completions; };
        gpu::async_wait(stream,
                        asio::bind_cancellation_slot(signal->slot(), asio::bind_executor(strand, count)));
        asio::post(strand, [signal] { signal->emit(asio::cancellation_type::terminal); });
      });
    }
    pool.join();
  }
  BOOST_TEST(completions == waits);
}

/// Counts what lives.
template <class T>
struct counting_allocator {
  using value_type = T;
  explicit counting_allocator(std::atomic<int>& n) : alive(&n) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) : alive(other.alive) {}
  T* allocate(std::size_t n) {
    ++*alive;
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    --*alive;
    std::allocator<T>().deallocate(p, n);
  }
  friend bool operator==(const counting_allocator&, const counting_allocator&) = default;
  std::atomic<int>* alive;
};

BOOST_AUTO_TEST_CASE(the_handlers_allocator_is_used_and_has_its_memory_back_first) {
  asio::io_context io;
  rig r;
  const auto stream = r.stream(io.get_executor());
  stand_in::hold(stream.handle);
  std::atomic<int> alive = 0;
  int within = -1;
  gpu::async_wait(stream, asio::bind_allocator(counting_allocator<char>(alive),
                                               [&](error_code) { within = alive.load(); }));
  BOOST_TEST(alive == 1);
  stand_in::release(stream.handle);
  io.run();
  BOOST_TEST(within == 0);
}

BOOST_AUTO_TEST_CASE(events_are_reused_and_given_back) {
  const auto before = stand_in::alive();
  {
    asio::io_context io;
    rig r;
    const auto stream = r.stream(io.get_executor());
    for (int i = 0; i < 50; ++i) {
      gpu::async_wait(stream, [](error_code) {});
      io.run();
      io.restart();
    }
    BOOST_TEST(stand_in::count_of("cudaEventCreateWithFlags") == gpu::bridge_options().events);
    BOOST_TEST(stand_in::complaints().empty());
  }
  BOOST_TEST((stand_in::alive() == before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
