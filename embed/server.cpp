#include "embed/server.hpp"

#include "embed/api_keys.hpp"
#include "embed/event_loops.hpp"
#include "embed/extension_set.hpp"
#include "embed/memory_system.hpp"
#include "embed/redis_tier.hpp"
#include "embed/server_options.hpp"
#include "embed/shared_extension.hpp"
#include "net/server.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hawser::embed {

namespace {

std::uint64_t seed_of(std::uint64_t wanted) {
  if (wanted != 0) return wanted;
  // Secrets are made from it.
  std::random_device system;
  return std::uint64_t{system()} << 32 | system();
}

std::uint32_t cores_of(std::uint32_t wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

/// Who remembers answers besides the server's own cache, or in its place.
struct far_results {
  actors::far_address whom;
  std::optional<runtime::duration> patience{};  ///< its own, where it is an extension's
};

actors::core_options core_options_of(const server_options& from, const far_results& far) {
  actors::core_options made = core_options_from(from.settings, cores_of(from.cores));
  made.seed = seed_of(from.seed);
  made.system = linux_memory();
  made.far_results = far.whom;
  made.far_alone = far.patience.has_value();
  if (far.patience) made.far_patience = *far.patience;
  return made;
}

std::vector<extension_options> extensions_of(const server_options& from) {
  std::vector<extension_options> all;
  for (const conf::extension_settings& one : from.settings.extensions) {
    extension_options made = open_extension(one.path, one.options);
    if (!one.name.empty()) made.name = one.name;
    made.deadline = one.deadline;
    made.required = one.required;
    all.push_back(std::move(made));
  }
  all.insert(all.end(), from.extensions.begin(), from.extensions.end());
  return all;
}

/// Null where nobody needs a key.
std::shared_ptr<net::key_desk> open_keys(const std::string& path) {
  if (path.empty()) return nullptr;
  return std::make_shared<net::key_desk>(read_api_keys(path).value());
}

/// Null where plain HTTP is spoken.
std::shared_ptr<net::tls_keeper> open_tls(const conf::server_settings& from) {
  if (from.certificate.empty() && from.private_key.empty()) return nullptr;
  if (from.certificate.empty() || from.private_key.empty()) {
    throw failure(errc::configuration,
                  "server.certificate and server.private_key belong together: one of them is not set");
  }
  auto loaded = net::tls_keeper::load({from.certificate, from.private_key});
  if (!loaded) throw failure(errc::configuration, loaded.error().what);
  return std::make_shared<net::tls_keeper>(std::move(*loaded));
}

/// The last phase that was told, for those who wait for it.
class phase_mark {
 public:
  void set(actors::phase now, std::string_view why) {
    {
      const std::lock_guard held(guard_);
      why_ = why;
    }
    now_.store(now, std::memory_order_release);
    now_.notify_all();
  }

  /// Ready, draining or failed.
  [[nodiscard]] actors::phase wait() const {
    for (;;) {
      const actors::phase now = now_.load(std::memory_order_acquire);
      if (now != actors::phase::loading && now != actors::phase::warming) return now;
      now_.wait(now, std::memory_order_acquire);
    }
  }

  [[nodiscard]] std::string why() const {
    const std::lock_guard held(guard_);
    return why_;
  }

 private:
  mutable std::mutex guard_;
  std::string why_;
  std::atomic<actors::phase> now_{actors::phase::loading};
};

}  // namespace

struct server::parts {
  explicit parts(server_options given)
      : options(std::move(given)), keys(open_keys(options.settings.server.keys)),
        tls(open_tls(options.settings.server)), extensions(extensions_of(options)),
        loops(static_cast<std::uint32_t>(options.settings.server.threads),
              concurrency_from(options.settings, cores_of(options.cores))),
        far(open_far()),
        core(
            loops.by_loop(), loops.by_pool(), core_options_of(options, far),
            options.load ? options.load
                         : [this] { return load_parts(options.settings, report, options.watch); }),
        serving(extensions.guard(core.serving(), loops.by_loop(),
                                 static_cast<std::size_t>(options.settings.scheduling.requests),
                                 [this] { finish(); })) {}

  void end_one() {
    if (running.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    if (extensions.door()) return extensions.door().stop();
    finish();
  }

  [[nodiscard]] far_results open_far() {
    auto wanted = redis_options_from(options.settings);
    if (const auto keeper = extensions.results()) {
      if (wanted)
        throw failure(errc::configuration,
                      "cache.redis and an extension that remembers answers cannot both be had");
      far_end = far_gone;  // it ends with the extensions
      return {keeper->whom, keeper->patience};
    }
    if (!wanted) {
      far_end = far_gone;
      return {};
    }
    auto watcher = [this](const runtime::terminated&) {
      if (far_end.exchange(far_gone) == far_awaited) end_all();
    };
    return {runtime::spawn<redis_tier>(loops.by_loop(), {.name = "redis", .watcher = std::move(watcher)},
                                       loops.io(), std::move(*wanted))};
  }

  // The core asks it no more.
  void finish() {
    if (far_end.exchange(far_awaited) == far_gone) return end_all();
    far.whom.stop();
  }

  void end_all() {
    extensions.stop();
    if (down) std::exchange(down, nullptr)();
    over.store(true, std::memory_order_release);
    over.notify_all();
  }

  const server_options options;
  const std::shared_ptr<net::key_desk> keys;
  const std::shared_ptr<net::tls_keeper> tls;
  load_report report;
  phase_mark mark;
  extension_set extensions;
  event_loops loops;
  enum far_state : std::uint8_t { far_there, far_awaited, far_gone };
  std::atomic<far_state> far_end{far_there};
  const far_results far;
  actors::core core;
  const actors::service serving;
  std::unique_ptr<net::server> door;
  std::function<void()> down;
  std::atomic<int> running{0};
  std::atomic<bool> stopping{false};
  std::atomic<bool> over{false};
};

server::server(server_options options) : parts_(std::make_unique<parts>(std::move(options))) {}

server::~server() {
  stop();
  parts_->loops.stop();
}

result<boost::asio::ip::tcp::endpoint> server::listen() {
  net::net_options options = net_options_from(parts_->options.settings);
  options.seed = parts_->options.seed;
  options.keys = parts_->keys;
  options.tls = parts_->tls;
  options.on_answered = parts_->options.on_answered;
  options.listening_socket = parts_->options.listening_socket;
  options.routes = parts_->extensions.routes();
  options.sockets = parts_->extensions.sockets();
  event_loops& loops = parts_->loops;
  auto door = std::make_unique<net::server>(std::move(options), service(), loops.by_loop(), loops.io(),
                                            loops.pool().get_executor());
  auto where = door->start();
  if (!where) return error{errc::address, where.error().what};
  parts_->door = std::move(door);
  return *where;
}

int server::listening_socket() const noexcept {
  return parts_->door ? parts_->door->listening_socket() : -1;
}

void server::start(actors::phase_watch watch) {
  parts_->core.start(
      [mark = &parts_->mark, watch = std::move(watch)](actors::phase now, std::string_view why) {
        if (watch) watch(now, why);
        mark->set(now, why);
      });
}

result<void> server::ready() const {
  switch (parts_->mark.wait()) {
  case actors::phase::ready:
    return {};
  case actors::phase::failed:
    return error{parts_->report.cause(), parts_->mark.why()};
  default:
    return error{errc::internal, "the server was stopped before it was ready"};
  }
}

answer server::generate(actors::generation_spec spec, const text_watch& watch) {
  struct waiting {
    answer got;
    std::binary_semaphore done{0};
  };
  // Shared: whoever releases it may still be about to return when this function has.
  const auto wait = std::make_shared<waiting>();
  spec.choices = 1;
  const auto listener =
      runtime::spawn<answer_collector>(by(), {.name = "answer"}, watch, [wait](answer whole) {
        wait->got = std::move(whole);
        wait->done.release();
      });
  const runtime::told told = service().ingress.tell(actors::generate{
      .id = service().ids->next(), .label = {}, .key = {}, .spec = std::move(spec), .listener = listener});
  if (told != runtime::told::accepted) {
    listener.notify(actors::refused{
        .id = 0,
        .why = told == runtime::told::full ? actors::refusal::overloaded : actors::refusal::stopping,
        .message = told == runtime::told::full ? "too many requests are waiting" : "the server has stopped",
        .field = {},
        .retry_after = {}});
  }
  wait->done.acquire();
  return std::move(wait->got);
}

const actors::service& server::service() const noexcept {
  return parts_->serving;
}

runtime::scheduler& server::by() noexcept {
  return parts_->loops.by_loop();
}

result<void> server::reload(const conf::settings& all) {
  const conf::server_settings& now = all.server;
  if (now.keys.empty() != (parts_->keys == nullptr))
    return error{errc::configuration, "server.keys: to begin or end their use takes a restart"};
  if (now.certificate.empty() != (parts_->tls == nullptr))
    return error{errc::configuration, "server.certificate: to begin or end its use takes a restart"};
  std::vector<net::api_key> keys;
  if (parts_->keys) {
    auto read = read_api_keys(now.keys);
    if (!read) return read.error();
    keys = std::move(*read);
  }
  if (parts_->tls) {
    auto loaded = net::tls_keeper::load({now.certificate, now.private_key});
    if (!loaded) return error{errc::configuration, loaded.error().what};
    parts_->tls->replace(std::move(*loaded));
  }
  if (parts_->keys) parts_->keys->replace(keys, by().time().now());
  parts_->core.use_limits(core_options_from(all, 1));  // threads stay as they are
  if (parts_->door) parts_->door->use(net_options_from(all).limits);
  return {};
}

void server::ask_pulse(std::chrono::milliseconds within, std::function<void()> alive) {
  parts_->loops.call_roll(within,
                          [all = parts_.get(), then = std::move(alive)] { all->core.ask_pulse(then); });
}

const load_report& server::loading() const noexcept {
  return parts_->report;
}

void server::stop(std::function<void()> down) {
  if (parts_->stopping.exchange(true)) return;
  parts_->down = std::move(down);
  parts_->running = parts_->door ? 2 : 1;
  const auto ended = [all = parts_.get()] { all->end_one(); };
  parts_->core.stop(ended);
  if (parts_->door) parts_->door->stop(ended);
}

void server::stop() {
  stop(nullptr);
  parts_->over.wait(false, std::memory_order_acquire);
}

}  // namespace hawser::embed
