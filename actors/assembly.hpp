/// The whole serving core, built from options and a model, without a socket.
///
///   actors::core core(scheduler, pool, {}, [] { return load(...); });   // the loader runs on `pool`
///   core.start([](actors::phase now, std::string_view why) { ... });
///   ... use core.serving() from now on: requests are refused as not ready until the phase is ready ...
///   core.stop([] { ... });                                              // then core may be destroyed
#pragma once

#include "actors/core_options.hpp"
#include "actors/service_mail.hpp"
#include "model/backend.hpp"
#include "model/chat_template.hpp"
#include "model/error.hpp"
#include "model/tokenizer.hpp"
#include "runtime/scheduler.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::actors {

/// What a loaded model is to the core.
struct core_parts {
  /// Several do the same: each request goes to one of them.
  std::vector<std::unique_ptr<model::backend>> backends;
  /// Makes one anew when its device is broken and there are others; empty: it stays away. Called on a turn of
  /// the pool's scheduler with the old one, and may take its time. May throw.
  std::function<model::result<std::unique_ptr<model::backend>>(std::uint32_t which,
                                                               std::unique_ptr<model::backend> old)>
      revive{};
  std::shared_ptr<const model::tokenizer> tokenizer;
  std::optional<model::chat_template> chat;  ///< none: chat prompts are refused as invalid
  std::string model_name;
  std::int64_t created = 0;  ///< Unix seconds, for listings
  std::string identity{};    ///< equal for those that answer alike; empty: the name
  /// Bytes that the whole process may hold; 0: as many as there are.
  std::uint64_t memory_limit = 0;
};

/// Called once, on a turn of the pool's scheduler, so that it may take its time and read files. May throw.
using core_loader = std::function<model::result<core_parts>()>;

/// Told at every change of phase, on a turn of the supervisor: it may only post or tell. `why` is one
/// sentence when the phase is `failed` (the loader's error, or what broke later), or `ready` without some of
/// the prompts that it was to begin with; otherwise empty. While it is `ready` it is said again, with a
/// sentence, when one of several devices goes or comes back. After `failed` only stop() helps.
using phase_watch = std::function<void(phase now, std::string_view why)>;

/// Ingress, tokenizer pool, batcher, executor, telemetry and the supervisor above them.
///
/// `by` gives the actors their turns (an event loop); `pool` those of the tokenizers, whose turns are as long
/// as a prompt is: production gives it threads of its own, tests the same crank. Both must outlive the core
/// and keep running until stop() has reported.
class core {
 public:
  core(runtime::scheduler& by, runtime::scheduler& pool, core_options options, core_loader load);
  core(runtime::scheduler& by, runtime::scheduler& pool, core_options options, core_parts parts);
  core(const core&) = delete;
  core& operator=(const core&) = delete;
  /// Only after stop() has reported.
  ~core();

  /// Valid from the constructor on, from any thread; its addresses never change. Everything is refused before
  /// start().
  [[nodiscard]] const service& serving() const noexcept;

  /// Loads, warms up, and is ready. Once; any thread.
  void start(phase_watch watch = {});

  /// From now on: bounds of who may wait but `requests`, of a request's fields, and all of overload.
  /// Everything else of `now` is as it was. Any thread.
  void use_limits(const core_options& now);

  /// `alive` is called, on a turn of one of them, when supervisor, batcher and executor have each had a turn
  /// and the device is not lost; otherwise never. Any thread.
  void ask_pulse(std::function<void()> alive) const;

  /// No new requests; those that run may finish within options.drain, then they are cancelled; every request
  /// has had its terminal event when `down` is called, on a turn of the supervisor. In any phase, once; any
  /// thread.
  void stop(std::function<void()> down);

 private:
  struct tree;
  std::unique_ptr<tree> tree_;
};

}  // namespace hawser::actors
