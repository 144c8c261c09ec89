#include "cli/commands.hpp"
#include "cli/configuration_flags.hpp"
#include "cli/event_loops.hpp"
#include "cli/log.hpp"
#include "cli/model_file.hpp"
#include "cli/model_setup.hpp"
#include "cli/server_options.hpp"
#include "cli/text_table.hpp"
#include "net/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;

/// Nobody shall know the secrets that are made from it.
actors::core_options with_chance(actors::core_options options) {
  std::random_device system;
  options.seed = std::uint64_t{system()} << 32 | system();
  return options;
}

/// One run of the server, from its sockets to its end. Everything here happens on the main thread, which runs
/// `control_`: signals, and what the core and the server report.
class serving {
 public:
  serving(const conf::settings& all, std::uint32_t cores)
      : all_(all), loops_(static_cast<std::uint32_t>(all.server.threads), concurrency_from(all, cores)),
        signals_(control_, SIGINT, SIGTERM), bound_(control_),
        core_(loops_.by_loop(), loops_.by_pool(), with_chance(core_options_from(all, cores)),
              [this] { return load_parts(all_, report_); }),
        server_(net_options_from(all), core_.serving(), loops_.by_loop(), loops_.io(),
                loops_.pool().get_executor()) {}

  exit_code run() {
    const auto where = server_.start();
    if (where.has_error()) {
      loops_.stop();
      throw failure(exit_code::address, where.error().what);
    }
    url_ = (where->address().is_v6() ? "http://[" : "http://") + where->address().to_string() +
           (where->address().is_v6() ? "]:" : ":") + std::to_string(where->port());
    spdlog::info("listening on {}, loading {}", url_, model_path_from(all_));
    wait_for_signal();
    core_.start([this](actors::phase now, std::string_view why) {
      asio::post(control_, [this, now, reason = std::string(why)] { changed(now, reason); });
    });
    control_.run();
    loops_.stop();
    return code_;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& failed, int number) {
      if (failed) return;
      if (draining_) {
        spdlog::warn("second signal: ending at once");
        spdlog::shutdown();
        std::_Exit(128 + number);
      }
      spdlog::info("{} received: draining for at most {} s; a second signal ends at once",
                   number == SIGINT ? "SIGINT" : "SIGTERM", all_.server.drain_timeout.count() / 1000);
      drain();
      wait_for_signal();
    });
  }

  void changed(actors::phase now, const std::string& why) {
    if (now == actors::phase::warming) spdlog::info("loaded, warming up");
    if (now == actors::phase::ready) say_ready();
    if (now != actors::phase::failed) return;
    code_ = report_.code();
    spdlog::error("{}", why);
    drain();
  }

  void say_ready() const {
    const load_report::facts has = report_.what();
    spdlog::info(
        "ready on {}: {} on {}; context {}, {} seats; memory {} weights, {} keys and values, {} scratch",
        url_, core_.serving().state->model_name, has.device, has.context, has.seats,
        print_bytes(has.memory.weights), print_bytes(has.memory.kv), print_bytes(has.memory.scratch));
  }

  /// No new work; ends when the core and the server have both ended, or when they should have.
  void drain() {
    if (std::exchange(draining_, true)) return;
    const auto ended = [this] {
      asio::post(control_, [this] {
        if (--running_ == 0) end();
      });
    };
    core_.stop(ended);
    server_.stop(ended);
    constexpr auto slack = std::chrono::seconds(5);
    bound_.expires_after(all_.server.drain_timeout + slack);
    bound_.async_wait([](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      spdlog::error("draining took longer than server.drain_timeout and 5 s more: ending at once");
      spdlog::shutdown();
      std::_Exit(static_cast<int>(exit_code::internal));
    });
  }

  void end() {
    spdlog::info("stopped");
    bound_.cancel();
    signals_.cancel();
    control_.stop();
  }

  const conf::settings& all_;
  load_report report_;
  asio::io_context control_{1};
  event_loops loops_;
  asio::signal_set signals_;
  asio::steady_timer bound_;
  actors::core core_;
  net::server server_;
  std::string url_;
  int running_ = 2;
  bool draining_ = false;
  exit_code code_ = exit_code::ok;
};

struct serve_flags {
  explicit serve_flags(CLI::App& command) : configuration(command) {
    configuration.add(command, "MODEL,--model", "model.path");
    configuration.add(command, "--host", "server.host");
    configuration.add(command, "--port", "server.port");
    configuration.add(command, "--threads", "cpu.threads");
    configuration.add(command, "--kernels", "cpu.kernels");
    configuration.add(command, "--kv", "cpu.kv");
    configuration.add(command, "--context", "model.context");
    configuration.add(command, "--name", "model.name");
    configuration.add(command, "--seats", "scheduling.seats");
    configuration.add(command, "--memory-limit", "memory_limit");
    configuration.add(command, "--log-level", "logging.level");
  }

  configuration_flags configuration;
};

exit_code serve(const serve_flags& flags) {
  const conf::configuration read = flags.configuration.read();
  open_log(read.values.logging.level);
  // A model that is not there is said before a port is taken.
  (void)open_model(model_path_from(read.values));
  // A client that goes away is an error of its socket and not of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const auto run = std::make_unique<serving>(read.values, std::max(1u, std::thread::hardware_concurrency()));
  return run->run();
}

}  // namespace

void add_serve(CLI::App& app, action& chosen) {
  auto* const command = app.add_subcommand("serve", "Serve a model over HTTP");
  auto flags = std::make_shared<serve_flags>(*command);
  command->footer(
      "\nIt listens at once: /health answers while the model loads, /ready when it is warm. SIGTERM and "
      "SIGINT\n"
      "drain; a second one ends at once. Endpoints: docs/http.md; every key: docs/configuration.md.\n"
      "Examples: hawser serve\n"
      "          hawser serve model.gguf --host 0.0.0.0 --port 8080 --set limits.body=\"8 MB\"");
  command->callback([flags, &chosen] { chosen = [flags] { return serve(*flags); }; });
}

}  // namespace hawser::cli
