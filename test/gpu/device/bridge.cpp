#include "gpu/device_lanes.hpp"
#include "test/gpu/device/sections.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

namespace hawser::test {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr int waits = 2000;

/// Microseconds from before the work is given to its handler, sorted. `work`: a fill of four bytes, or
/// nothing.
asio::awaitable<std::vector<double>> measure(const subject& on, gpu::device_lanes& lanes, void* memory) {
  std::vector<double> took;
  for (int i = 0; i < waits; ++i) {
    const auto begun = clock::now();
    if (memory != nullptr) demand(on, on.calls->fill(memory, i, 4, lanes.compute), "cudaMemsetAsync");
    const auto [error] =
        co_await gpu::async_wait(lanes.waiting(lanes.compute), {}, asio::as_tuple(asio::use_awaitable));
    if (error) throw failed{"wait " + std::to_string(i) + ": " + error.message()};
    took.push_back(std::chrono::duration<double, std::micro>(clock::now() - begun).count());
  }
  std::sort(took.begin(), took.end());
  co_return took;
}

std::string percentiles(const subject& on, gpu::device_lanes& lanes, void* memory) {
  std::vector<double> took;
  asio::co_spawn(lanes.io, measure(on, lanes, memory),
                 [&](std::exception_ptr broken, std::vector<double> sorted) {
                   if (broken) std::rethrow_exception(broken);
                   took = std::move(sorted);
                 });
  lanes.io.restart();
  lanes.io.run();
  char text[80];
  std::snprintf(text, sizeof text, "median %.1f, p99 %.1f us", took[took.size() / 2],
                took[took.size() * 99 / 100]);
  return text;
}

}  // namespace

std::string check_bridge(const subject& on) {
  gpu::device_lanes lanes(*on.calls, on.device, std::chrono::seconds(10));
  demand(on, lanes.error(), "streams and events");
  auto error = gpu::cuda_error::none;
  const auto memory = gpu::take_memory(*on.calls, 4, false, error);
  demand(on, error, "cudaMalloc");
  const std::string idle = percentiles(on, lanes, nullptr);
  return "of " + std::to_string(waits) + " waits, from record to handler on an idle stream " + idle +
         "; with a fill of four bytes before it " + percentiles(on, lanes, memory.get());
}

}  // namespace hawser::test
