#include "cli/commands.hpp"
#include "cli/configuration_flags.hpp"
#include "cli/loading.hpp"
#include "cli/log.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"
#include "embed/model_setup.hpp"
#include "embed/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;

std::string line_of(const net::answered& what) {
  const double took = std::chrono::duration<double, std::milli>(what.took).count();
  std::string line = what.method + " " + what.path + " " + std::to_string(what.status) + " " +
                     std::to_string(took) + " ms id=" + what.request_id;
  if (!what.trace.empty()) line += " traceparent=" + what.trace;
  if (!what.key.empty()) line += " key=" + what.key;
  return line;
}

/// One run of the server, from its sockets to its end. Everything here happens on the main thread, which runs
/// `control_`: signals, and what the core and the server report.
class serving {
 public:
  explicit serving(const conf::settings& all)
      : all_(all), signals_(control_, SIGINT, SIGTERM, SIGHUP), bound_(control_),
        bar_("loading " + embed::short_name(embed::model_path_from(all))),
        server_({.settings = all, .watch = watch_of(bar_), .on_answered = log_of(all)}) {}

  exit_code run() {
    const auto where = server_.listen().value();
    const bool six = where.address().is_v6();
    url_ = std::string(all_.server.certificate.empty() ? "http://" : "https://") + (six ? "[" : "") +
           where.address().to_string() + (six ? "]:" : ":") + std::to_string(where.port());
    spdlog::info("listening on {}, loading {}", url_, embed::model_path_from(all_));
    wait_for_signal();
    server_.start([this](actors::phase now, std::string_view why) {
      asio::post(control_, [this, now, reason = std::string(why)] { changed(now, reason); });
    });
    control_.run();
    return code_;
  }

 private:
  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& failed, int number) {
      if (failed) return;
      if (number == SIGHUP) return reload();
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

  void reload() {
    if (all_.server.keys.empty() && all_.server.certificate.empty()) {
      spdlog::info("SIGHUP received: there is nothing to read again");
    } else if (const auto read = server_.reload()) {
      spdlog::info("SIGHUP received: keys and certificate were read again");
    } else {
      spdlog::error("SIGHUP received, and nothing changed: {}", read.error().what);
    }
    wait_for_signal();
  }

  // A session does not write: the main thread does, and what it has not come to is bounded.
  net::answer_watch log_of(const conf::settings& all) {
    if (!all.logging.requests) return {};
    return [this](const net::answered& what) {
      constexpr int most = 10'000;
      if (unwritten_.fetch_add(1) >= most) {
        unwritten_.fetch_sub(1);
        return;
      }
      asio::post(control_, [this, what] {
        unwritten_.fetch_sub(1);
        spdlog::info("{}", line_of(what));
      });
    };
  }

  void changed(actors::phase now, const std::string& why) {
    if (now == actors::phase::warming) spdlog::info("loaded, warming up");
    if (now == actors::phase::ready) {
      say_ready();
      if (!why.empty()) spdlog::warn("{}", why);
    }
    if (now != actors::phase::failed) return;
    code_ = exit_code_of(server_.loading().cause());
    spdlog::error("{}", why);
    drain();
  }

  void say_ready() const {
    const embed::load_report::facts has = server_.loading().what();
    spdlog::info(
        "ready on {}: {} on {}; context {}, {} seats; memory {} weights, {} keys and values, {} scratch",
        url_, server_.service().state->model_name, has.device, has.context, has.seats,
        print_bytes(has.memory.weights), print_bytes(has.memory.kv), print_bytes(has.memory.scratch));
  }

  /// No new work; ends when the server has ended, or when they should have.
  void drain() {
    if (std::exchange(draining_, true)) return;
    server_.stop([this] { asio::post(control_, [this] { end(); }); });
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
  asio::io_context control_{1};
  asio::signal_set signals_;
  asio::steady_timer bound_;
  progress_bar bar_;
  embed::server server_;
  std::atomic<int> unwritten_{0};  // lines of requests
  std::string url_;
  bool draining_ = false;
  exit_code code_ = exit_code::ok;
};

struct serve_flags {
  explicit serve_flags(const command_parser& command) : configuration(command) {
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
  (void)embed::open_model(embed::model_path_from(read.values));
  // A client that goes away is an error of its socket and not of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const auto run = std::make_unique<serving>(read.values);
  return run->run();
}

}  // namespace

void add_serve(const command_parser& app) {
  const auto command = app.add_command("serve", "Serve a model over HTTP");
  auto flags = std::make_shared<serve_flags>(command);
  command.footer(
      "\nIt listens at once: /health answers while the model loads, /ready when it is warm. SIGTERM and "
      "SIGINT\n"
      "drain; a second one ends at once. Endpoints: docs/http.md; every key: docs/configuration.md.\n"
      "Examples: hawser serve\n"
      "          hawser serve model.gguf --host 0.0.0.0 --port 8080 --set limits.body=\"8 MB\"");
  command.run([flags] { return serve(*flags); });
}

}  // namespace hawser::cli
