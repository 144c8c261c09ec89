/// One request on its way: the socket, the answer, and the patience of its client.
#pragma once

#include "cli/load/answer_watch.hpp"
#include "cli/load/outcome.hpp"
#include "cli/load/planned_request.hpp"
#include "cli/load/request_text.hpp"
#include "cli/load/run_options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hawser::load {

using tcp = boost::asio::ip::tcp;

/// Connections that wait for their next request, the last used first. One thread.
class connection_pool {
 public:
  [[nodiscard]] bool take(tcp::socket& into);
  void put(tcp::socket socket) { idle_.push_back(std::move(socket)); }

 private:
  std::vector<tcp::socket> idle_;
};

/// What all exchanges of a run share. Outlives them.
struct exchange_context {
  boost::asio::io_context& io;
  const run_options& options;
  tcp::endpoint where;
  std::chrono::steady_clock::time_point start;
  connection_pool pool;
};

/// Runs on the context's one thread. start() to on_over, which is called exactly once, from a turn of the
/// context; it may start others. Refused requests are tried again inside, as the options and the client's
/// manners say.
class exchange : public std::enable_shared_from_this<exchange> {
 public:
  using over = std::function<void(exchange& who)>;

  exchange(exchange_context& in, planned_request what, std::vector<said> before, histogram& gaps,
           over on_over);

  /// Sends at once. `intended`: from the start of the run.
  void start(std::chrono::nanoseconds intended);
  /// Ends now, as `how`; nothing if it is over.
  void cut(ending how);

  [[nodiscard]] const outcome& result() const noexcept { return result_; }
  [[nodiscard]] const planned_request& what() const noexcept { return what_; }
  /// The conversation with this turn in it; after a complete answer.
  [[nodiscard]] std::vector<said> conversation() &&;

 private:
  using error_code = boost::system::error_code;

  [[nodiscard]] std::chrono::nanoseconds now() const;
  void attempt();
  void connect();
  void write();
  void read();
  void took(const error_code& failed, std::size_t bytes);
  void lost(const error_code& failed);
  void watch_patience();
  void come_back();
  /// After the watch has set the result.
  void concluded();
  void finish(ending how);

  exchange_context& in_;
  planned_request what_;
  std::vector<said> before_;
  histogram& gaps_;
  over on_over_;
  std::string asked_;
  std::string out_;
  outcome result_;
  answer_watch watch_;
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::array<char, 16384> buffer_;
  std::uint64_t attempt_ = 0;  // handlers of an earlier one are stale
  bool reused_ = false;
  bool writing_ = false;
  bool over_ = false;
};

}  // namespace hawser::load
