/// When the core is what, and what is to be done about it. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "runtime/clock.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

namespace hawser::actors {

/// In the order of starting; stopping goes from the door inwards.
enum class role : std::uint8_t { telemetry, tokenizer, ingress, results, executor, batcher };

struct restart_limits {
  std::uint32_t restarts = 5;
  runtime::duration window = std::chrono::minutes(1);
};

/// What the shell does after an event, in the order of the members.
struct supervisor_orders {
  std::optional<phase> announce;
  std::string why;           ///< with announce == failed; or what a rehearsal left out
  bool raise_model = false;  ///< spawn executor and batcher with what was loaded, and warm up
  bool rehearse = false;     ///< run the first request, or begin with it again
  bool fail_batch = false;   ///< tell Ingress that the batcher's requests are lost
  bool restart_batcher = false;
  bool restart_executor = false;
  bool warm_up = false;      ///< and it is to warm up again
  bool end_batch = false;    ///< tell the batcher that there is no device any more
  bool drain = false;        ///< ask Ingress to empty, and set the drain timer
  bool cut_short = false;    ///< ask Ingress to end what is left
  std::optional<role> stop;  ///< ask it to stop; ended() follows
  bool down = false;         ///< everything is gone
};

/// Rules: a failed batcher or executor is started again, at most `restarts` times in `window`; then, and when
/// another actor that nobody can replace fails, the core is failed for good. Stopping drains first, then
/// cuts, then stops one after the other.
class supervisor_plan {
 public:
  /// `shares_results`: there is a result cache.
  explicit supervisor_plan(restart_limits limits = {}, bool rehearses = false, bool shares_results = false);

  /// The actors before the model are up, and the loader is at work.
  void started();
  [[nodiscard]] supervisor_orders loaded(const std::string& error);  ///< empty: the model is there
  [[nodiscard]] supervisor_orders warmed();
  [[nodiscard]] supervisor_orders rehearsed(const std::string& left_out);
  [[nodiscard]] supervisor_orders device_lost(const std::string& why);
  [[nodiscard]] supervisor_orders device_back();
  [[nodiscard]] supervisor_orders ended(role who, bool failed, const std::string& why,
                                        runtime::time_point now);
  [[nodiscard]] supervisor_orders stop();
  [[nodiscard]] supervisor_orders drained();
  [[nodiscard]] supervisor_orders drain_is_over();  ///< the drain timer

  [[nodiscard]] phase now() const noexcept { return now_; }

 private:
  enum class closing : std::uint8_t { no, draining, cutting, stopping };

  [[nodiscard]] bool may_restart(runtime::time_point now);
  [[nodiscard]] supervisor_orders fail(const std::string& why);
  void stop_next(supervisor_orders& orders);
  void go(phase to, supervisor_orders& orders);

  restart_limits limits_;
  bool rehearses_;
  phase now_ = phase::loading;
  bool is_loading_ = false;
  bool is_warm_ = false;
  bool lost_ = false;  // failed only because the device does not answer
  bool stop_after_load_ = false;
  closing closing_ = closing::no;
  std::set<role> alive_{role::telemetry, role::tokenizer, role::ingress};
  std::deque<runtime::time_point> restarts_;
};

}  // namespace hawser::actors
