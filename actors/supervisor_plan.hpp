/// When the core is what, and what is to be done about it. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "runtime/clock.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hawser::actors {

/// In the order of starting; stopping goes from the door inwards.
enum class role : std::uint8_t { telemetry, tokenizer, ingress, results, router, executor, batcher };

/// One actor of the core. A replica whose device is made anew gets a new executor and batcher: another life.
struct member {
  role who{};
  std::uint32_t replica = 0;
  std::uint32_t life = 0;

  friend auto operator<=>(const member&, const member&) = default;
};

struct restart_limits {
  std::uint32_t restarts = 5;
  runtime::duration window = std::chrono::minutes(1);
};

/// What the shell does after an event, in the order of the members.
struct supervisor_orders {
  std::optional<phase> announce;
  std::string why;  ///< with announce == failed; or what a rehearsal left out, or is new about a device
  bool raise_model = false;  ///< spawn what serves, with what was loaded, and warm up
  // About this replica:
  std::uint32_t replica = 0;
  bool rehearse = false;    ///< run the first request, or begin with it again
  bool retire = false;      ///< its executor and batcher stop, and its device is made anew; revived() follows
  bool fail_batch = false;  ///< tell Ingress, or the router, that the batcher's requests are lost
  bool restart_batcher = false;  ///< spawn it
  bool restart_executor = false;
  bool count = false;                             ///< it had failed
  bool warm_up = false;                           ///< and it is to warm up
  bool end_batch = false;                         ///< tell the batcher that there is no device any more
  std::optional<runtime::duration> revive_after;  ///< ask due() then
  bool end_all = false;                           ///< tell all batchers so
  // About all:
  bool drain = false;          ///< ask Ingress to empty, and set the drain timer
  bool cut_short = false;      ///< ask Ingress to end what is left
  std::optional<member> stop;  ///< ask it to stop; ended() follows
  bool down = false;           ///< everything is gone
};

/// Rules: a failed batcher or executor is started again, at most `restarts` times in `window`; then, and when
/// another actor that nobody can replace fails, the core is failed for good. Of several devices one may be
/// lost; if it is broken it is made anew, later each time. Stopping drains first, then cuts, then stops one
/// after the other.
class supervisor_plan {
 public:
  /// `shares_results`: there is a result cache.
  explicit supervisor_plan(restart_limits limits = {}, bool rehearses = false, bool shares_results = false);

  /// The actors before the model are up, and the loader is at work.
  void started();
  /// `error` is empty: the model is there, on so many devices.
  [[nodiscard]] supervisor_orders loaded(const std::string& error, std::uint32_t replicas = 1,
                                         bool revives = false);
  [[nodiscard]] supervisor_orders warmed(std::uint32_t replica, runtime::time_point now);
  [[nodiscard]] supervisor_orders rehearsed(std::uint32_t replica, const std::string& left_out);
  [[nodiscard]] supervisor_orders device_lost(std::uint32_t replica, bool broken, const std::string& why,
                                              runtime::time_point now);
  [[nodiscard]] supervisor_orders device_back(std::uint32_t replica);
  [[nodiscard]] supervisor_orders due(std::uint32_t replica);
  [[nodiscard]] supervisor_orders revived(std::uint32_t replica, const std::string& error);
  [[nodiscard]] supervisor_orders ended(const member& who, bool failed, const std::string& why,
                                        runtime::time_point now);
  [[nodiscard]] supervisor_orders stop();
  [[nodiscard]] supervisor_orders drained();
  [[nodiscard]] supervisor_orders drain_is_over();  ///< the drain timer

  [[nodiscard]] phase now() const noexcept { return now_; }
  [[nodiscard]] bool lost(std::uint32_t replica) const noexcept { return replicas_[replica].lost; }
  /// How many of its devices are.
  [[nodiscard]] std::uint32_t lost() const noexcept;

 private:
  enum class closing : std::uint8_t { no, draining, cutting, stopping };

  struct replica_state {
    std::uint32_t life = 0;
    bool warm = false;
    bool rehearsed = false;
    bool lost = false;
    bool reviving = false;
    std::uint32_t tries = 0;  // to make it anew
    runtime::time_point warmed_at{};
  };

  [[nodiscard]] bool may_restart(runtime::time_point now);
  [[nodiscard]] bool serves(std::uint32_t replica) const;
  [[nodiscard]] supervisor_orders fail(const std::string& why);
  [[nodiscard]] supervisor_orders raise_again(const member& who, const std::string& why,
                                              runtime::time_point now);
  [[nodiscard]] std::string name_of(std::uint32_t replica) const;
  void be_ready(supervisor_orders& orders);
  void revive_later(std::uint32_t replica, supervisor_orders& orders);
  void notice(std::string what, supervisor_orders& orders);
  void stop_next(supervisor_orders& orders);
  void go(phase to, supervisor_orders& orders);

  restart_limits limits_;
  bool rehearses_;
  phase now_ = phase::loading;
  bool is_loading_ = false;
  bool revives_ = false;
  bool all_lost_ = false;  // failed only because no device answers
  bool stop_after_load_ = false;
  std::string left_out_;
  closing closing_ = closing::no;
  std::vector<replica_state> replicas_;
  std::set<member> alive_;
  std::deque<runtime::time_point> restarts_;
};

}  // namespace hawser::actors
