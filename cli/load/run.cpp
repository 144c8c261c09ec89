#include "cli/load/run.hpp"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <ctime>

namespace hawser::load {

namespace {

namespace asio = boost::asio;

std::chrono::nanoseconds thread_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// Tells how far the run is until it is cancelled.
void tell_often(asio::steady_timer& timer, const generator& of, const progress& tell) {
  timer.expires_after(std::chrono::milliseconds(500));
  timer.async_wait([&](const boost::system::error_code& failed) {
    if (failed) return;
    tell(of);
    tell_often(timer, of, tell);
  });
}

}  // namespace

result<run_report> run(run_options options, const progress& tell) {
  asio::io_context io(1);
  boost::system::error_code failed;
  const auto found = tcp::resolver(io).resolve(options.to.host, options.to.port, failed);
  if (failed || found.empty()) {
    return error{errc::bad_url, "the host " + options.to.host + " has no address: " + failed.message()};
  }
  generator sends(io, found.begin()->endpoint(), std::move(options));
  asio::steady_timer often(io);
  asio::signal_set interrupt(io, SIGINT);
  bool interrupted = false;
  interrupt.async_wait([&](const boost::system::error_code& cancelled, int) {
    if (cancelled) return;
    interrupted = true;
    sends.stop();
  });
  if (tell) tell_often(often, sends, tell);
  const auto cpu = thread_cpu();
  const auto began = std::chrono::steady_clock::now();
  std::chrono::nanoseconds wall{};
  sends.start([&] {
    wall = std::chrono::steady_clock::now() - began;
    often.cancel();
    interrupt.cancel();
  });
  io.run();
  return run_report{sends.results(), wall, thread_cpu() - cpu, interrupted};
}

}  // namespace hawser::load
