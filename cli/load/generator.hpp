/// Sends the requests of a run and adds up what becomes of them.
#pragma once

#include "cli/load/exchange.hpp"
#include "cli/load/run_options.hpp"
#include "cli/load/tally.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>

namespace hawser::load {

/// One thread: that of the context. In an open loop requests are sent when they are due, whatever the server
/// does; in a closed loop each of `concurrency` clients sends its next when its last is over.
class generator {
 public:
  generator(boost::asio::io_context& io, tcp::endpoint where, run_options options);

  /// Returns at once; `on_over` is called from a turn of the context when the last request has ended.
  void start(std::function<void()> on_over);
  /// Begins nothing more, and ends what runs as unfinished.
  void stop();

  [[nodiscard]] const tally& results() const noexcept { return tally_; }
  [[nodiscard]] std::uint64_t begun() const noexcept { return begun_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return running_.size(); }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const {
    return std::chrono::steady_clock::now() - context_.start;
  }

 private:
  void pump();
  void fill();
  [[nodiscard]] planned_request take_next();
  void begin(planned_request what, std::vector<said> before, std::chrono::nanoseconds intended);
  void ended(exchange& who);
  void go_on(exchange& who);
  void source_dry();
  void check_over();

  boost::asio::io_context& io_;
  run_options options_;
  exchange_context context_;
  tally tally_;
  boost::asio::steady_timer next_at_;
  boost::asio::steady_timer end_at_;
  boost::asio::steady_timer drain_;
  planned_request next_;
  std::unordered_set<std::shared_ptr<exchange>> running_;
  std::function<void()> on_over_;
  std::uint64_t begun_ = 0;
  std::uint64_t thinking_ = 0;  // conversations between two turns
  bool has_next_ = false;
  bool dry_ = false;   // no further requests
  bool late_ = false;  // no further turns either
};

}  // namespace hawser::load
