#include "cli/service_watch.hpp"

#include "runtime/ask.hpp"

#include <boost/asio/post.hpp>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds status_every(1);
// While loading: asked for again long before it is over.
constexpr std::chrono::seconds more_time(30);

}  // namespace

/// What is on its way. Touched on the control thread only.
struct service_watch::pulses {
  steady::time_point asked{};
  bool waits = false;
  bool over = false;
};

service_watch::service_watch(asio::io_context& control, const service_manager& manager, embed::server& server)
    : control_(control), manager_(manager), server_(server), feeding_(control), looking_(control),
      pulses_(std::make_shared<pulses>()) {}

service_watch::~service_watch() {
  pulses_->over = true;
}

void service_watch::begin() {
  if (!manager_.present()) return;
  if (manager_.patience()) feed();
  look();
}

std::string service_watch::ready(const std::string& model) {
  model_ = model;
  said_ = print_status(model, {}, std::nullopt, {});
  return said_;
}

void service_watch::drain() {
  draining_ = true;
  looking_.cancel();
}

void service_watch::end() {
  pulses_->over = true;
  feeding_.cancel();
  looking_.cancel();
}

void service_watch::feed() {
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(*manager_.patience() / 2);
  // One question at a time: a late answer is no sign of life, and many questions would not help a server that
  // is stuck.
  if (!pulses_->waits || steady::now() - pulses_->asked > half) {
    pulses_->waits = true;
    pulses_->asked = steady::now();
    server_.ask_pulse(half, [this, &control = control_, state = pulses_, asked = pulses_->asked, half] {
      asio::post(control, [this, state, asked, half] {
        if (state->over || state->asked != asked) return;
        state->waits = false;
        if (steady::now() - asked <= half) manager_.alive();
      });
    });
  }
  feeding_.expires_after(half / 2);
  feeding_.async_wait([this](const error_code& cancelled) {
    if (!cancelled && !pulses_->over) feed();
  });
}

void service_watch::look() {
  if (model_.empty()) {
    manager_.extend(more_time);
  } else {
    runtime::async_ask(server_.service().telemetry, actors::scrape{}, server_.by().time(), status_every,
                       control_.get_executor(),
                       [this, state = pulses_](const error_code& failed, const std::string& page) {
                         if (failed || state->over || draining_) return;
                         const service_figures now = read_figures(page);
                         const auto at = steady::now();
                         const std::string line = print_status(model_, now, before_, at - seen_);
                         before_ = now;
                         seen_ = at;
                         if (line != said_) manager_.status(said_ = line);
                       });
  }
  looking_.expires_after(status_every);
  looking_.async_wait([this](const error_code& cancelled) {
    if (!cancelled && !draining_ && !pulses_->over) look();
  });
}

}  // namespace hawser::cli
