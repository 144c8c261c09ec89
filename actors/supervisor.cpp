#include "actors/supervisor.hpp"

#include "actors/prompt_maker.hpp"

#include <algorithm>
#include <atomic>
#include <random>
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
  case role::executor:
    return "executor";
  case role::batcher:
    return "batcher";
  }
  return "";
}

hash_key secret_of(std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  const std::uint64_t first = chance();
  return {first, chance()};
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

kv_shape room_of(const model::backend_capacity& capacity) {
  kv_shape room;
  room.page_tokens = capacity.page_tokens;
  for (const model::page_group& group : capacity.groups) room.groups.push_back({group.window, group.pages});
  return room;
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

struct given_up {
  std::shared_ptr<device> what;
  given_up* next;
};

// A device that never answered may still write where it was told to: it is kept until the process ends.
void give_up(std::shared_ptr<device> what) noexcept {
  static std::atomic<given_up*> all{nullptr};
  // Without memory for a pointer there is nothing to save.
  // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new)
  auto* const one = new given_up{std::move(what), all.load()};
  while (!all.compare_exchange_weak(one->next, one)) {
  }
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
  telemetry_ = runtime::spawn<telemetry>(by(), named(role::telemetry, 256), state_, memory_,
                                         options_.old_metric_names);
  tokenizer_ = runtime::spawn<tokenizer_pool>(by(), named(role::tokenizer, many), pool_,
                                              options_.tokenizer_workers, options_.tokenizer_queue);
  ingress_ = runtime::spawn<ingress>(
      by(), named(role::ingress, many),
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
      by(), named(role::results, 4 * many),
      result_options{limits_of_results(options_), options_.report_every, options_.far_results, memory_},
      state_, ingress_, telemetry_);
  show(results_);
  out.ingress = results_;
  out.results = results_;
}

supervisor::~supervisor() {
  if (device_ && device_->busy()) give_up(device_);
}

runtime::spawn_options supervisor::named(role who, std::uint32_t mailbox) const {
  auto watcher = [whom = self(), who](const runtime::terminated& end) {
    whom.notify(actor_ended{who, end.failed, end.name + ": " + end.reason});
  };
  return {.name = std::string(name_of(who)),
          .mailbox = mailbox,
          .slow_handler = options_.slow_handler,
          .watcher = std::move(watcher)};
}

template <class... Messages>
void supervisor::show(const runtime::address<Messages...>& who) const {
  telemetry_.notify(show_actor{who.where()});
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
  obey(plan_.loaded(m.error));
}

void supervisor::on(const actor_ended& m) {
  obey(plan_.ended(m.who, m.failed, m.why, time().now()));
}

// One after the other, so that the last to answer speaks for all. Before there is a model there are no
// others.
void supervisor::on(const pulse& m) {
  if (!batcher_) return m.alive();
  batcher_.notify(pulse{[next = executor_, alive = m.alive] { next.notify(pulse{alive}); }});
}

void supervisor::obey(const supervisor_orders& orders) {
  if (orders.raise_model) raise_model();
  if (orders.announce) announce(*orders.announce, orders.why);
  if (orders.fail_batch) ingress_.notify(batcher_failed{"the batcher of this request failed"});
  if (orders.restart_batcher) {
    telemetry_.notify(count_restart{"batcher"});
    raise_batcher();
  }
  if (orders.restart_executor) {
    telemetry_.notify(count_restart{"executor"});
    raise_executor();
    batcher_.notify(use_executor{executor_});
  }
  if (orders.warm_up) executor_.notify(warm_up{});
  if (orders.rehearse) rehearse();
  if (orders.end_batch) batcher_.notify(step_lost{"the executor of this request failed"});
  if (orders.drain) {
    rehearsal_.stop();
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

void supervisor::raise_model() {
  const model::backend_capacity capacity = parts_->backend->capacity();
  device_ = std::make_shared<device>(std::move(parts_->backend));
  state_->model_name = parts_->model_name;
  state_->context = capacity.context;
  state_->vocabulary = capacity.vocabulary;
  state_->width = capacity.width;
  state_->has_chat_template = parts_->chat.has_value();
  state_->created = parts_->created;
  if (results_) {
    results_.notify(know_world{parts_->identity.empty() ? parts_->model_name : parts_->identity,
                               parts_->chat && parts_->chat->tells_time()});
  }
  auto speaks = std::make_shared<language>();
  speaks->words = parts_->tokenizer;
  if (parts_->chat) speaks->chat = std::make_shared<const model::chat_template>(std::move(*parts_->chat));
  state_->thinking = find_thinking(*speaks, time().wall());
  tokenizer_.notify(use_language{std::move(speaks), ingress_});
  std::uint32_t pages = 0;
  for (const model::page_group& group : capacity.groups) pages += group.pages;
  telemetry_.notify(show_device{device_->memory(), capacity.page_tokens, pages});
  raise_executor();
  keep_memory();
  raise_batcher();
  executor_.notify(warm_up{});
}

void supervisor::raise_executor() {
  executor_ = runtime::spawn<actors::executor>(by(), named(role::executor, 64), device_,
                                               options_.step_deadline, options_.warm_up_deadline, self());
  show(executor_);
}

batch_limits supervisor::limits_of_batch() const {
  return {.seats = options_.seats,
          .step_tokens = options_.step_tokens,
          .chunk_threshold = options_.chunk_threshold,
          .chunk_beside_decodes = options_.chunk_beside_decodes,
          .step_time = options_.step_time,
          .expected_answer = options_.expected_answer,
          .ageing = options_.ageing,
          .prefix_share = options_.prefix_share,
          .share_prefixes = options_.share_prefixes,
          .prefix_key = secret_of(options_.seed),
          .end_tokens = parts_->tokenizer->words().end_of_generation};
}

void supervisor::raise_batcher() {
  const model::backend_capacity& capacity = device_->capacity();
  batcher_options made{.limits = limits_of_batch(),
                       .capacity = capacity,
                       .words = parts_->tokenizer,
                       .report_every = options_.report_every,
                       .board = device_->memory().apart ? nullptr : memory_};
  const std::uint32_t longest = batch_plan::longest(made.limits, capacity);
  const std::uint32_t seats = batch_plan::seats_of(made.limits, capacity);
  batcher_ = runtime::spawn<batcher>(by(), named(role::batcher, 4 * options_.requests + 1024),
                                     std::move(made), ingress_, telemetry_);
  show(batcher_);
  batcher_.notify(use_executor{executor_});
  if (keeper_ && !device_->memory().apart) keeper_.notify(watch_pages{batcher_});
  ingress_.notify(use_batcher{batcher_, longest, capacity.vocabulary, seats, room_of(capacity)});
}

void supervisor::keep_memory() {
  const model::backend_memory holds = device_->memory();
  if (!holds.apart) {
    memory_->set(memory_owner::weights, holds.weights);
    memory_->set(memory_owner::scratch, holds.scratch);
  }
  if (parts_->memory_limit == 0) return;
  keeper_ = runtime::spawn<memory_keeper>(
      pool_, {.name = "memory", .mailbox = 16, .slow_handler = std::chrono::seconds(1)},
      ledger_limits{.results = options_.result_bytes, .gc_interval = options_.gc_interval}, options_.system,
      memory_, results_);
  keeper_.notify(keep_within{parts_->memory_limit});
}

void supervisor::rehearse() {
  rehearsal_.stop();
  const model::backend_capacity& capacity = device_->capacity();
  rehearsal_options what{.tokens = options_.rehearsal_tokens,
                         .prompts = options_.rehearsal_prompts,
                         .longest = batch_plan::longest(limits_of_batch(), capacity),
                         .vocabulary = capacity.vocabulary};
  rehearsal_ = runtime::spawn<rehearsal>(
      by(), {.name = "rehearsal", .mailbox = 64, .slow_handler = options_.slow_handler}, std::move(what),
      tokenizer_, batcher_, ids_, self());
  rehearsal_.notify(begin_rehearsal{});
}

void supervisor::stop(role who) {
  switch (who) {
  case role::telemetry:
    return telemetry_.stop();
  case role::tokenizer:
    return tokenizer_.stop();
  case role::ingress:
    return ingress_.stop();
  case role::results:
    return results_.stop();
  case role::executor:
    return executor_.stop();
  case role::batcher:
    return batcher_.stop();
  }
}

}  // namespace hawser::actors
