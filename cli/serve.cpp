#include "cli/commands.hpp"
#include "cli/configuration_flags.hpp"
#include "cli/credentials.hpp"
#include "cli/loading.hpp"
#include "cli/log.hpp"
#include "cli/progress_bar.hpp"
#include "cli/service_manager.hpp"
#include "cli/service_watch.hpp"
#include "cli/text_table.hpp"
#include "conf/change.hpp"
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
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;

std::string join(const std::vector<std::string_view>& names) {
  std::string line;
  for (const std::string_view name : names) line += (line.empty() ? "" : ", ") + std::string(name);
  return line;
}

std::string line_of(const net::answered& what) {
  const double took = std::chrono::duration<double, std::milli>(what.took).count();
  std::string line = what.method + " " + what.path + " " + std::to_string(what.status) + " " +
                     std::to_string(took) + " ms id=" + what.request_id;
  if (!what.trace.empty()) line += " traceparent=" + what.trace;
  if (!what.key.empty()) line += " key=" + what.key;
  return line;
}

log_fields fields_of(const net::answered& what) {
  log_fields made{{"request_id", what.request_id},
                  {"http_method", what.method},
                  {"http_path", what.path},
                  {"http_status", std::to_string(what.status)},
                  {"took_us", std::to_string(what.took / std::chrono::microseconds(1))}};
  if (!what.trace.empty()) made.emplace_back("traceparent", what.trace);
  if (!what.key.empty()) made.emplace_back("tenant", what.key);
  return made;
}

/// One run of the server, from its sockets to its end. Everything here happens on the main thread, which runs
/// `control_`: signals, and what the core and the server report.
class serving {
 public:
  /// `read`: the configuration, as it is now; throws conf::failure.
  serving(const conf::settings& all, std::function<conf::settings()> read)
      : all_(all), read_(std::move(read)), signals_(control_, SIGINT, SIGTERM, SIGHUP), bound_(control_),
        bar_("loading " + embed::short_name(embed::model_path_from(all))),
        server_({.settings = all,
                 .watch = watch_of(bar_),
                 .listening_socket = manager_.take_listening_socket(
                     all.server.host, static_cast<std::uint16_t>(all.server.port)),
                 .on_answered = log_lines()}),
        watch_(control_, manager_, server_) {
    log_requests_ = all.logging.requests;
  }

  exit_code run() {
    for (const std::string& name : manager_.unknown())
      spdlog::warn("a socket named {} came from the service manager; only one, http, is known", name);
    const auto where = server_.listen().value();
    manager_.keep(server_.listening_socket());
    const bool six = where.address().is_v6();
    url_ = std::string(all_.server.certificate.empty() ? "http://" : "https://") + (six ? "[" : "") +
           where.address().to_string() + (six ? "]:" : ":") + std::to_string(where.port());
    spdlog::info("listening on {}, loading {}", url_, embed::model_path_from(all_));
    wait_for_signal();
    watch_.begin();
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
    manager_.reloading();
    const std::string outcome = take_new();
    if (ready_)
      manager_.ready(outcome);
    else
      manager_.status(outcome);
    wait_for_signal();
  }

  // All or nothing: what cannot be read, or is wrong, leaves everything as it was.
  std::string take_new() {
    std::string why;
    try {
      conf::settings next = all_;
      const conf::settings read = read_();
      conf::take_hot(next, read);
      const conf::changes found = conf::compare(all_, read);
      const auto done = server_.reload(next);
      if (done) {
        all_ = next;
        log_requests_ = next.logging.requests;
        set_log_level(next.logging.level);
        const std::string hot = join(found.hot);
        spdlog::info("SIGHUP received: configuration, keys and certificate were read again{}{}",
                     hot.empty() ? "" : "; changed: ", hot);
        if (!found.cold.empty())
          spdlog::warn("these keys have changed and take effect at the next start: {}", join(found.cold));
        return "reloaded";
      }
      why = done.error().what;
    } catch (const std::exception& e) {
      why = e.what();
    }
    spdlog::error("SIGHUP received, and nothing changed: {}", why);
    return "not reloaded: " + why;
  }

  // A session does not write: the main thread does, and what it has not come to is bounded.
  net::answer_watch log_lines() {
    return [this](const net::answered& what) {
      if (!log_requests_.load(std::memory_order_relaxed)) return;
      constexpr int most = 10'000;
      if (unwritten_.fetch_add(1) >= most) {
        unwritten_.fetch_sub(1);
        return;
      }
      asio::post(control_, [this, what] {
        unwritten_.fetch_sub(1);
        log_with(line_of(what), fields_of(what));
      });
    };
  }

  void changed(actors::phase now, const std::string& why) {
    if (now == actors::phase::warming) spdlog::info("loaded, warming up");
    if (now == actors::phase::ready && ready_) {
      spdlog::warn("{}", why);  // of one of several devices
    } else if (now == actors::phase::ready) {
      say_ready();
      ready_ = true;
      manager_.ready(watch_.ready(server_.service().state->model_name));
      if (!why.empty()) spdlog::warn("{}", why);
    }
    if (now != actors::phase::failed) return;
    code_ = exit_code_of(server_.loading().cause());
    spdlog::error("{}", why);
    manager_.status(why);
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
    ready_ = false;
    watch_.drain();
    manager_.stopping("finishing what runs");
    constexpr auto margin = std::chrono::seconds(10);
    manager_.extend(std::chrono::ceil<std::chrono::seconds>(all_.server.drain_timeout) + margin);
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
    watch_.end();
    bound_.cancel();
    signals_.cancel();
    control_.stop();
  }

  conf::settings all_;  // hot keys as they are now
  const std::function<conf::settings()> read_;
  service_manager manager_;  // before there is a thread: it tidies the environment
  asio::io_context control_{1};
  asio::signal_set signals_;
  asio::steady_timer bound_;
  progress_bar bar_;
  std::atomic<bool> log_requests_{false};
  std::atomic<int> unwritten_{0};  // lines of requests
  embed::server server_;
  service_watch watch_;
  std::string url_;
  bool ready_ = false;
  bool draining_ = false;
  exit_code code_ = exit_code::ok;
};

struct serve_flags {
  explicit serve_flags(const command_parser& command) : configuration(command) {
    configuration.add(command, "MODEL,--model", "model.path");
    configuration.add(command, "--host", "server.host");
    configuration.add(command, "--port", "server.port");
    configuration.add(command, "--threads", "cpu.threads");
    configuration.add(command, "--device", "gpu.device");
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
  const auto read = [&flags] {
    conf::settings all = flags.configuration.read().values;
    take_credentials(all, credentials_folder());
    return all;
  };
  const conf::settings all = read();
  open_log(all.logging.level, all.logging.format);
  // A model that is not there is said before a port is taken.
  (void)embed::open_model(embed::model_path_from(all));
  // A client that goes away is an error of its socket and not of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const auto run = std::make_unique<serving>(all, read);
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
