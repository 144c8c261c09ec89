#include "embed/extension_set.hpp"

#include "embed/failure.hpp"
#include "runtime/asio_scheduler.hpp"
#include "runtime/supervisor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <pthread.h>

#include <exception>
#include <semaphore>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace hawser::embed {

namespace asio = boost::asio;

/// One extension, its supervisor and their thread.
class extension_set::runner {
 public:
  explicit runner(extension_options given) : options_(std::move(given)), on_(std::make_shared<engine>()) {
    runtime::supervision tree(on_->by,
                              {.name = options_.name + "-supervisor",
                               .limits = {.restarts = options_.restarts, .within = std::chrono::seconds(5)}});
    // One that is slow holds up nobody else, so nobody needs to hear of it.
    host_ = tree.add_made<extension_host>({.name = options_.name,
                                           .mailbox = options_.mailbox,
                                           .slow_handler = std::chrono::hours(1),
                                           .waiting = runtime::mail::kept},
                                          [make = options_.make](runtime::home where) {
                                            return std::make_unique<extension_host>(where, make());
                                          });
    top_ = std::move(tree).start([where = std::weak_ptr(on_)](const runtime::terminated&) {
      if (const auto still = where.lock()) still->io.stop();
    });
    // The thread holds what it needs: when it hangs, it is left behind.
    std::thread([on = on_, name = options_.name.substr(0, 15)] {
      pthread_setname_np(pthread_self(), name.c_str());
      on->io.run();
      on->ended.release();
    }).detach();
  }

  ~runner() {
    stop();
    (void)on_->ended.try_acquire_for(stop_within);
  }

  void stop() const { top_.stop(); }
  [[nodiscard]] const extension_options& options() const noexcept { return options_; }
  [[nodiscard]] const extension_host::address_type& host() const noexcept { return host_; }

 private:
  struct engine {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> keep{io.get_executor()};
    runtime::asio_scheduler by{io};
    std::binary_semaphore ended{0};
  };

  extension_options options_;
  std::shared_ptr<engine> on_;
  extension_host::address_type host_;
  runtime::address<> top_;
};

namespace {

void claim(std::set<std::string>& taken, const std::vector<std::string>& wanted, const std::string& name,
           const std::string& what) {
  for (const std::string& path : wanted) {
    if (taken.insert(path).second) continue;
    throw failure(errc::extension, "the extension " + name + " wants the " + what + " " + path +
                                       ", which another extension has already");
  }
}

void claim_office(std::set<std::string>& taken, const std::string& what, const std::string& name) {
  if (taken.insert(what).second) return;
  throw failure(errc::extension,
                "the extension " + name + " wants to " + what + ", which another extension does already");
}

}  // namespace

extension_set::extension_set(std::vector<extension_options> all) {
  std::set<std::string> routes;
  std::set<std::string> sockets;
  std::set<std::string> offices;
  for (extension_options& one : all) {
    const std::string name = one.name;
    claim(routes, one.routes, name, "route");
    claim(sockets, one.sockets, name, "WebSocket");
    if (one.admission) claim_office(offices, "decide on admission", name);
    if (one.results) claim_office(offices, "remember answers", name);
    try {
      runners_.push_back(std::make_unique<runner>(std::move(one)));
    } catch (const failure&) {
      throw;
    } catch (const std::exception& e) {
      throw failure(errc::extension, "the extension " + name + " cannot be made: " + e.what());
    }
  }
}

extension_set::~extension_set() {
  stop();
}

std::vector<net::added_route> extension_set::routes() const {
  std::vector<net::added_route> made;
  for (const auto& one : runners_) {
    for (const std::string& path : one->options().routes)
      made.push_back({path, one->host(), one->options().route_deadline});
  }
  return made;
}

std::vector<net::added_socket> extension_set::sockets() const {
  std::vector<net::added_socket> made;
  for (const auto& one : runners_) {
    for (const std::string& path : one->options().sockets)
      made.push_back({path, one->host(), one->options().route_deadline});
  }
  return made;
}

std::optional<extension_set::keeper> extension_set::results() const {
  for (const auto& one : runners_) {
    if (one->options().results) return keeper{one->host(), one->options().deadline};
  }
  return std::nullopt;
}

actors::service extension_set::guard(actors::service core, runtime::scheduler& by, std::size_t waiting,
                                     std::function<void()> ended) {
  gate_options options;
  options.waiting = waiting;
  for (const auto& one : runners_) {
    const extension_options& o = one->options();
    if (!o.requests && !o.answers && !o.admission && o.metrics_every.count() == 0) continue;
    options.guests.push_back(
        {o.name, one->host(), o.requests, o.answers, o.admission, o.required, o.deadline, o.metrics_every});
  }
  if (options.guests.empty()) return core;
  auto watcher = [ended = std::move(ended)](const runtime::terminated&) { ended(); };
  gate_ = runtime::spawn<gate>(by,
                               {.name = "extensions",
                                .mailbox = static_cast<std::uint32_t>(waiting) * 4 + 1024,
                                .watcher = std::move(watcher)},
                               std::move(options), core);
  core.ingress = gate_;
  return core;
}

void extension_set::stop() const {
  for (const auto& one : runners_) one->stop();
}

}  // namespace hawser::embed
