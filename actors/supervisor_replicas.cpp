#include "actors/prompt_maker.hpp"
#include "actors/secret.hpp"
#include "actors/supervisor.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace hawser::actors {
namespace {

kv_shape room_of(const model::backend_capacity& capacity) {
  kv_shape room;
  room.page_tokens = capacity.page_tokens;
  for (const model::page_group& group : capacity.groups) room.groups.push_back({group.window, group.pages});
  return room;
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

supervisor::~supervisor() {
  for (const replica& r : replicas_) {
    if (r.runs_on && r.runs_on->busy()) give_up(r.runs_on);
  }
}

void supervisor::obey_about(std::uint32_t which, const supervisor_orders& orders) {
  replica& r = replicas_[which];
  if (orders.retire) retire(which);
  if (orders.fail_batch) {
    const std::string why = "the batcher of this request failed";
    if (router_) {
      router_.notify(replica_failed{which, why});
    } else {
      ingress_.notify(batcher_failed{why});
    }
  }
  if (orders.restart_batcher) {
    if (orders.count) telemetry_.notify(count_restart{"batcher"});
    raise_batcher(which);
  }
  if (orders.restart_executor) {
    if (orders.count) telemetry_.notify(count_restart{"executor"});
    raise_executor(which);
    r.batches.notify(use_executor{r.runs});
  }
  if (orders.warm_up) r.runs.notify(warm_up{});
  if (orders.rehearse) rehearse(which);
  if (orders.end_batch) r.batches.notify(step_lost{"the executor of this request failed"});
  if (orders.revive_after) r.revival = after(*orders.revive_after, [this, which] { obey(plan_.due(which)); });
}

void supervisor::raise_model() {
  for (std::unique_ptr<model::backend>& one : parts_->backends)
    replicas_.emplace_back().runs_on = std::make_shared<device>(std::move(one));
  parts_->backends.clear();
  tell_the_model();
  const auto many = static_cast<std::uint32_t>(replicas_.size());
  if (many > 1) raise_router();
  for (std::uint32_t i = 0; i < many; ++i) raise_executor(i);
  keep_memory();
  for (std::uint32_t i = 0; i < many; ++i) raise_batcher(i);
  for (const replica& r : replicas_) r.runs.notify(warm_up{});
}

void supervisor::tell_the_model() {
  const model::backend_capacity& capacity = replicas_.front().runs_on->capacity();
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
}

void supervisor::raise_router() {
  router_ = runtime::spawn<router>(by(), named({role::router}, 4 * options_.requests + 1024),
                                   router_limits{.expected_answer = options_.expected_answer,
                                                 .share_prefixes = options_.share_prefixes,
                                                 .key = secret_of(options_.seed)},
                                   ingress_);
  show(router_);
}

void supervisor::raise_executor(std::uint32_t which) {
  replica& r = replicas_[which];
  r.runs = runtime::spawn<actors::executor>(by(), named({role::executor, which, r.life}, 64), r.runs_on,
                                            options_.step_deadline, options_.warm_up_deadline, self(), which);
  show(r.runs);
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

void supervisor::raise_batcher(std::uint32_t which) {
  replica& r = replicas_[which];
  const model::backend_capacity& capacity = r.runs_on->capacity();
  const model::backend_memory holds = r.runs_on->memory();
  const bool alone = !router_ && !holds.apart;
  batcher_options made{.limits = limits_of_batch(),
                       .capacity = capacity,
                       .words = parts_->tokenizer,
                       .report_every = options_.report_every,
                       .board = alone ? memory_ : nullptr,
                       .replica = which,
                       .router = router_};
  request_watcher watcher = ingress_;
  if (router_) watcher = router_;
  std::uint32_t longest = batch_plan::longest(made.limits, capacity);
  const std::uint32_t seats = batch_plan::seats_of(made.limits, capacity);
  std::uint32_t pages = 0;
  for (const model::page_group& group : capacity.groups) pages += group.pages;
  telemetry_.notify(show_device{which, holds, capacity.page_tokens, pages});
  r.batches =
      runtime::spawn<batcher>(by(), named({role::batcher, which, r.life}, 4 * options_.requests + 1024),
                              std::move(made), watcher, telemetry_);
  show(r.batches);
  r.batches.notify(use_executor{r.runs});
  if (keeper_ && alone) keeper_.notify(watch_pages{r.batches});
  if (!router_) {
    ingress_.notify(use_batcher{r.batches, longest, capacity.vocabulary, seats, room_of(capacity)});
    return;
  }
  router_.notify(use_replica{which, r.batches, seats, room_of(capacity)});
  // What fits each of them.
  for (const replica& each : replicas_)
    longest = std::min(longest, batch_plan::longest(limits_of_batch(), each.runs_on->capacity()));
  ingress_.notify(use_batcher{router_, longest, capacity.vocabulary, seats, room_of(capacity)});
}

// Its actors end, and what stands for the device elsewhere is of no use any more.
void supervisor::retire(std::uint32_t which) {
  replica& r = replicas_[which];
  r.rehearses.stop();
  r.batches.stop();
  r.runs.stop();
  ++r.life;
  if (r.runs_on->busy()) return obey(plan_.revived(which, "it is still at work"));
  const auto one = runtime::spawn<reviver>(
      pool_, {.name = "reviver", .mailbox = 4, .slow_handler = std::chrono::hours(1)}, parts_, self());
  one.notify(revive_now{which, r.runs_on->take()});
}

void supervisor::on(revived m) {
  if (m.backend) replicas_[m.replica].runs_on = std::make_shared<device>(std::move(m.backend));
  obey(plan_.revived(m.replica, m.error));
}

void supervisor::keep_memory() {
  std::size_t weights = 0, scratch = 0;
  for (const replica& r : replicas_) {
    const model::backend_memory holds = r.runs_on->memory();
    if (holds.apart) continue;
    weights += holds.weights;
    scratch += holds.scratch;
  }
  if (weights + scratch > 0) {
    memory_->set(memory_owner::weights, weights);
    memory_->set(memory_owner::scratch, scratch);
  }
  if (parts_->memory_limit == 0) return;
  keeper_ = runtime::spawn<memory_keeper>(
      pool_, {.name = "memory", .mailbox = 16, .slow_handler = std::chrono::seconds(1)},
      ledger_limits{.results = options_.result_bytes, .gc_interval = options_.gc_interval}, options_.system,
      memory_, results_);
  keeper_.notify(keep_within{parts_->memory_limit});
}

void supervisor::rehearse(std::uint32_t which) {
  replica& r = replicas_[which];
  r.rehearses.stop();
  const model::backend_capacity& capacity = r.runs_on->capacity();
  rehearsal_options what{.tokens = options_.rehearsal_tokens,
                         .prompts = options_.rehearsal_prompts,
                         .longest = batch_plan::longest(limits_of_batch(), capacity),
                         .vocabulary = capacity.vocabulary,
                         .replica = which};
  r.rehearses = runtime::spawn<rehearsal>(
      by(), {.name = "rehearsal", .mailbox = 64, .slow_handler = options_.slow_handler}, std::move(what),
      tokenizer_, r.batches, ids_, self());
  r.rehearses.notify(begin_rehearsal{});
}

}  // namespace hawser::actors
