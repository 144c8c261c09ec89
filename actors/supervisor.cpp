#include "actors/supervisor.hpp"

#include "actors/secret.hpp"

#include <utility>

namespace hawser::actors {
namespace {

constexpr std::string_view name_of(role who) noexcept {
  switch (who) {
  case role::telemetry:
    return "telemetry";
  case role::tokenizer:
    return "tokenizer";
  case role::ingress:
    return "ingress";
  case role::results:
    return "results";
  case role::router:
    return "router";
  case role::executor:
    return "executor";
  case role::batcher:
    return "batcher";
  }
  return "";
}

ingress_limits limits_of(const core_options& o) {
  ingress_limits made;
  made.admission = {.control = o.throttle,
                    .queued_requests = o.queued_requests,
                    .requests = o.requests,
                    .queued_tokens = o.queued_tokens,
                    .first_token = {o.interactive_target, o.standard_target, runtime::duration{}},
                    .token_time = o.token_target,
                    .shed_batch = o.shed_batch,
                    .shed_standard = o.shed_standard,
                    .shed_all = o.shed_all,
                    .hysteresis = o.shed_hysteresis,
                    .kv_share = o.kv_share,
                    .expected_answer = o.expected_answer};
  made.choices = o.choices;
  made.stop_strings = o.stop_strings;
  made.stop_bytes = o.stop_bytes;
  made.logit_biases = o.logit_biases;
  made.top_logprobs = o.top_logprobs;
  made.default_max_tokens = o.default_max_tokens;
  return made;
}

result_limits limits_of_results(const core_options& o) {
  result_limits made;
  made.bytes = o.result_bytes;
  made.largest = o.result_largest;
  made.time_to_live = o.result_time_to_live;
  made.share_tenants = o.share_prefixes;
  made.secret = secret_of(o.seed);
  made.far = static_cast<bool>(o.far_results);
  made.far_alone = o.far_alone;
  made.far_patience = o.far_patience;
  return made;
}

}  // namespace

supervisor::supervisor(runtime::home where, runtime::scheduler& pool, core_options options, core_loader load,
                       std::shared_ptr<last_call> last, service& out)
    : actor(where), pool_(pool), options_(options), load_(std::move(load)), last_(std::move(last)),
      plan_({options.restarts, options.restart_window},
            options.rehearsal_tokens > 0 || !options.rehearsal_prompts.empty(), options.result_bytes > 0),
      state_(std::make_shared<service_state>()) {
  memory_ = out.memory;
  const std::uint32_t many = 4 * options_.requests + 1024;
  telemetry_ = runtime::spawn<telemetry>(by(), named({role::telemetry}, 256), state_, memory_,
                                         options_.old_metric_names);
  tokenizer_ = runtime::spawn<tokenizer_pool>(by(), named({role::tokenizer}, many), pool_,
                                              options_.tokenizer_workers, options_.tokenizer_queue);
  ingress_ = runtime::spawn<ingress>(
      by(), named({role::ingress}, many),
      ingress_options{limits_of(options_), options_.report_every, options_.seed, out.load, out.memory},
      state_, tokenizer_, telemetry_, self());
  show(self());
  show(telemetry_);
  show(tokenizer_);
  show(ingress_);
  out = {ingress_, tokenizer_, telemetry_, state_, out.ids, out.load, {}, memory_};
  ids_ = out.ids;
  if (options_.result_bytes == 0) return;
  results_ = runtime::spawn<result_cache>(
      by(), named({role::results}, 4 * many),
      result_options{limits_of_results(options_), options_.report_every, options_.far_results, memory_},
      state_, ingress_, telemetry_);
  show(results_);
  out.ingress = results_;
  out.results = results_;
}

runtime::spawn_options supervisor::named(const member& who, std::uint32_t mailbox) const {
  auto watcher = [whom = self(), who](const runtime::terminated& end) {
    whom.notify(actor_ended{who, end.failed, end.name + ": " + end.reason});
  };
  std::string name(name_of(who.who));
  if (who.replica > 0) name += "-" + std::to_string(who.replica);
  return {.name = std::move(name),
          .mailbox = mailbox,
          .slow_handler = options_.slow_handler,
          .watcher = std::move(watcher)};
}

void supervisor::on(start_up m) {
  watch_ = std::move(m.watch);
  if (plan_.now() != phase::loading) return;
  plan_.started();
  loader_ =
      runtime::spawn<loader>(pool_, {.name = "loader", .mailbox = 4, .slow_handler = std::chrono::hours(1)},
                             std::move(load_), self());
  loader_.notify(load_now{});
}

void supervisor::on(shut_down m) {
  last_->down = std::move(m.down);
  obey(plan_.stop());
}

void supervisor::on(model_loaded m) {
  parts_ = std::move(m.parts);
  const auto devices = parts_ ? static_cast<std::uint32_t>(parts_->backends.size()) : 0u;
  obey(plan_.loaded(m.error, devices, parts_ && parts_->revive));
}

void supervisor::on(const actor_ended& m) {
  obey(plan_.ended(m.who, m.failed, m.why, time().now()));
}

// One after the other, so that the last to answer speaks for all. Before there is a model there are no
// others; of several devices those that are lost have others in their place.
void supervisor::on(const pulse& m) {
  std::function<void()> next = m.alive;
  const bool some = plan_.lost() < replicas_.size();
  for (std::uint32_t i = 0; i < replicas_.size(); ++i) {
    if (some && plan_.lost(i)) continue;
    next = [runs = replicas_[i].runs, batches = replicas_[i].batches, next = std::move(next)] {
      batches.notify(pulse{[runs, next] { runs.notify(pulse{next}); }});
    };
  }
  next();
}

void supervisor::obey(const supervisor_orders& orders) {
  if (orders.raise_model) raise_model();
  if (orders.announce) announce(*orders.announce, orders.why);
  if (orders.replica < replicas_.size()) obey_about(orders.replica, orders);
  if (orders.end_all) {
    for (const replica& r : replicas_) r.batches.notify(step_lost{"the router of this request failed"});
  }
  if (orders.drain) {
    for (const replica& r : replicas_) r.rehearses.stop();
    ingress_.notify(drain{});
    drain_timer_ = after(options_.drain, [this] { obey(plan_.drain_is_over()); });
  }
  if (orders.cut_short) {
    ingress_.notify(cut_short{"the server is stopping"});
    // Ending costs no device time, so a second is plenty; after it the stop goes on regardless.
    drain_timer_ = after(std::chrono::seconds(1), [this] { obey(plan_.drain_is_over()); });
  }
  if (orders.drain || orders.stop || orders.down) keeper_.stop();
  if (orders.stop) stop(*orders.stop);
  if (orders.down) close();
}

void supervisor::on(change_limits m) {
  m.to.requests = options_.requests;  // mailboxes were made for them
  ingress_.notify(use_limits{limits_of(m.to)});
}

void supervisor::announce(phase now, const std::string& why) {
  state_->now.store(now, std::memory_order_release);
  if (watch_) watch_(now, why);
}

void supervisor::stop(const member& who) {
  switch (who.who) {
  case role::telemetry:
    return telemetry_.stop();
  case role::tokenizer:
    return tokenizer_.stop();
  case role::ingress:
    return ingress_.stop();
  case role::results:
    return results_.stop();
  case role::router:
    return router_.stop();
  case role::executor:
  case role::batcher:
    break;
  }
  const replica& r = replicas_[who.replica];
  if (who.life != r.life) return;  // it was told when it retired
  if (who.who == role::executor) return r.runs.stop();
  r.batches.stop();
}

}  // namespace hawser::actors
