/// Keeps the service manager informed while a server runs: signs of life, a status line, and more time.
#pragma once

#include "cli/service_manager.hpp"
#include "cli/service_status.hpp"
#include "embed/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace hawser::cli {

/// Runs on `control`, as all calls of it must. A sign of life is sent for each pulse of the server that came
/// back within half of the manager's patience, and for nothing else: who does not beat is started anew.
class service_watch {
 public:
  service_watch(boost::asio::io_context& control, const service_manager& manager, embed::server& server);
  service_watch(const service_watch&) = delete;
  service_watch& operator=(const service_watch&) = delete;
  ~service_watch();

  /// While the model loads, more time is asked for.
  void begin();
  /// From now on the status line shows what runs. The line so far.
  [[nodiscard]] std::string ready(const std::string& model);
  /// The status line is left to others.
  void drain();
  void end();

 private:
  struct pulses;

  void feed();
  void look();

  boost::asio::io_context& control_;
  const service_manager& manager_;
  embed::server& server_;
  boost::asio::steady_timer feeding_;
  boost::asio::steady_timer looking_;
  std::shared_ptr<pulses> pulses_;  // answers may come when this has gone
  std::string model_;
  std::string said_;
  bool draining_ = false;
  std::optional<service_figures> before_;
  std::chrono::steady_clock::time_point seen_{};
};

}  // namespace hawser::cli
