/// The whole server as an object: a model, the actors that serve it, their threads, and a listener if wanted.
///
///   embed::server server({.settings = settings});
///   server.start();
///   server.ready().value();                                  // waits for the model; throws failure
///   std::cout << server.generate(spec).text;                 // or: server.service().ingress.tell(...)
///   server.stop();
#pragma once

#include "actors/assembly.hpp"
#include "actors/service_mail.hpp"
#include "conf/settings.hpp"
#include "embed/answer.hpp"
#include "embed/error.hpp"
#include "embed/extension.hpp"
#include "embed/model_setup.hpp"
#include "net/answered.hpp"
#include "runtime/scheduler.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace hawser::embed {

struct server_options {
  conf::settings settings{};  ///< as docs/configuration.md says; settings.server is for listen()
  load_watch watch{};         ///< who wants to see the model being loaded
  /// In process; asked after those of settings.extensions, in this order.
  std::vector<extension_options> extensions{};
  /// Instead of settings.model: what to serve. Runs once, on a thread that it may keep busy.
  actors::core_loader load{};
  /// That listens already, for listen() to use in place of settings.server.host and port; negative: none.
  int listening_socket = -1;
  net::answer_watch on_answered{};  ///< who is told of every answer over HTTP; may only post or tell
  std::uint64_t seed = 0;           ///< of all chance; 0: from the system
  std::uint32_t cores = 0;          ///< that defaults are made for; 0: those of the machine
};

/// Owns its threads (settings.server.threads event loops, a pool, and those of the backend) from its making
/// on. Its functions may be called from any thread but those; none may be called twice, except generate(),
/// service(), by(), loading() and the blocking stop().
class server {
 public:
  /// Throws failure (errc::extension) when an extension cannot be loaded or made.
  explicit server(server_options options);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Stops first, if that was not done. Blocks.
  ~server();

  /// Opens HTTP on settings.server.host and port, before or after start(): until the model is ready, only
  /// probes are answered. Where it listens (the port is real, also when 0 was asked for). errc::address.
  [[nodiscard]] result<boost::asio::ip::tcp::endpoint> listen();
  /// The descriptor that listens, the server's own; between listen() and stop(), by the thread that calls
  /// those, else negative.
  [[nodiscard]] int listening_socket() const noexcept;

  /// Begins to load settings.model.path, and returns. `watch` is told of every phase, on an event loop: it
  /// may only post or tell.
  void start(actors::phase_watch watch = {});

  /// After start(). Blocks until requests can be served, or never will be: then why.
  [[nodiscard]] result<void> ready() const;

  /// Blocks until the answer is complete. `watch` sees its text, on an event loop. Refusals and errors are
  /// in the answer: this neither throws nor waits longer than spec.deadline. One choice.
  [[nodiscard]] answer generate(actors::generation_spec spec, const text_watch& watch = {});

  /// For those who speak with the actors themselves: ids from `ids`, `generate` to `ingress`. Valid from the
  /// making on; the addresses never change. Any thread, the server's own included.
  [[nodiscard]] const actors::service& service() const noexcept;

  /// Gives turns to actors of one's own: spawn<listener>(server.by(), ...). They must have ended when the
  /// server goes. Any thread, the server's own included.
  [[nodiscard]] runtime::scheduler& by() noexcept;

  /// Takes the hot keys of `now` (conf/key.hpp), and reads the files of keys, certificate and private_key:
  /// from then on they count; connections that are open keep their certificate and the limits of HTTP. A file
  /// with a mistake changes nothing, nor does a `now` that begins or ends the use of keys or TLS:
  /// errc::configuration. Reads files, so not on a thread of the server. May be called again, by one thread.
  [[nodiscard]] result<void> reload(const conf::settings& now);

  /// `alive` is called once, on a thread of the server, when every event loop, the supervisor, the batcher
  /// and the executor have had a turn since, and the device answers; if that takes longer than `within`,
  /// perhaps never. It may only post. May be called again.
  void ask_pulse(std::chrono::milliseconds within, std::function<void()> alive);

  /// What the loader found; complete when the phase is warming or later.
  [[nodiscard]] const load_report& loading() const noexcept;

  /// No new requests; what runs may finish within settings.server.drain_timeout; then everything ends.
  /// `down` is called once, when all has, on a thread of the server: it may only post. Returns at once.
  void stop(std::function<void()> down);
  /// The same, and blocks until it is done.
  void stop();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace hawser::embed
