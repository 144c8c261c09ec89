#include "actors/metrics.hpp"

#include "actors/admission.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace hawser::actors {
namespace {

namespace prom = prometheus;
using labels = std::map<std::string, std::string>;

constexpr std::array finish_names{"stop", "length", "abort", "deadline", "error"};
constexpr std::array rank_names{"interactive", "standard", "batch"};
constexpr std::array refusal_names{"invalid",   "prompt_too_long", "overloaded", "over_quota",
                                   "not_ready", "stopping",        "late"};

constexpr std::array<const char*, far_outcomes> far_names{"hit",    "miss",    "rejected",
                                                          "failed", "skipped", "late"};

constexpr const char* waiting_name = "vllm:num_requests_waiting_by_reason";
constexpr const char* waiting_help =
    "Requests without a seat: all are taken, or their readers are too far behind to go on";
constexpr const char* result_help =
    "Requests before the result cache: answered from it, sharing a computation, computed, or not repeatable";
constexpr const char* dropped_help = "Remembered answers that were dropped";

// vLLM's own names for the two bounds that it has too.
std::string reason_of(limit which) {
  if (which == limit::queued_requests) return "max_num_queued_reqs";
  if (which == limit::queued_tokens) return "max_num_queued_tokens";
  return std::string(name_of(which));
}

}  // namespace

struct metrics::families {
  struct of_actor {
    prom::Counter& messages;
    prom::Counter& slow;
    prom::Counter& busy;
    prom::Gauge& waiting;
    prom::Gauge& age;
    runtime::actor_counters last{};
  };

  prom::Registry registry;
  std::map<std::string, of_actor> actors;
  prom::Family<prom::Counter>& messages = prom::BuildCounter()
                                              .Name("hawser_actor_messages_total")
                                              .Help("Letters that an actor has handled")
                                              .Register(registry);
  prom::Family<prom::Counter>& slow = prom::BuildCounter()
                                          .Name("hawser_actor_slow_handlers_total")
                                          .Help("Handlers that ran longer than runtime.slow_handler_ms")
                                          .Register(registry);
  prom::Family<prom::Counter>& busy = prom::BuildCounter()
                                          .Name("hawser_actor_busy_seconds_total")
                                          .Help("Time in an actor's handlers")
                                          .Register(registry);
  prom::Family<prom::Gauge>& mailbox = prom::BuildGauge()
                                           .Name("hawser_actor_mailbox_letters")
                                           .Help("Letters that wait for an actor")
                                           .Register(registry);
  prom::Family<prom::Gauge>& age = prom::BuildGauge()
                                       .Name("hawser_actor_mailbox_age_seconds")
                                       .Help("How long the oldest letter has waited for an actor")
                                       .Register(registry);
  prom::Family<prom::Counter>& restarts = prom::BuildCounter()
                                              .Name("hawser_actor_restarts_total")
                                              .Help("Failed actors that were started again")
                                              .Register(registry);
  prom::Gauge& resident = prom::BuildGauge()
                              .Name("process_resident_memory_bytes")
                              .Help("Resident memory of the process")
                              .Register(registry)
                              .Add({});

  of_actor& actor(const std::string& name) {
    const auto found = actors.find(name);
    if (found != actors.end()) return found->second;
    const labels of{{"actor", name}};
    return actors
        .emplace(name, of_actor{messages.Add(of), slow.Add(of), busy.Add(of), mailbox.Add(of), age.Add(of)})
        .first->second;
  }
};

/// Names with the labels of the model, and of one of its replicas: an engine, as vLLM says.
struct labelled {
  prom::Registry& in;
  labels of;

  prom::Gauge& gauge(const char* name, const char* help, labels more = {}) {
    more.insert(of.begin(), of.end());
    return prom::BuildGauge().Name(name).Help(help).Register(in).Add(more);
  }
  prom::Counter& counter(const char* name, const char* help, labels more = {}) {
    more.insert(of.begin(), of.end());
    return prom::BuildCounter().Name(name).Help(help).Register(in).Add(more);
  }
  prom::Histogram& histogram(const char* name, const char* help, std::span<const double> bounds) {
    return prom::BuildHistogram().Name(name).Help(help).Register(in).Add(
        of, prom::Histogram::BucketBoundaries(bounds.begin(), bounds.end()));
  }
  static void merge(prom::Histogram& into, const local_histogram& from) {
    if (from.count() > 0.0) into.ObserveMultiple(from.counts(), from.sum());
  }
};

/// What a batcher reports.
struct metrics::of_engine : labelled {
  prom::Gauge& kv_reserved =
      gauge("hawser_kv_reserved_bytes", "What all KV pages would take; backed where they are used");
  prom::Gauge& running = gauge("vllm:num_requests_running", "Requests that have a seat in the batch");
  prom::Gauge& waiting = gauge("vllm:num_requests_waiting", "Requests that have none");
  prom::Gauge& short_of_seats = gauge(waiting_name, waiting_help, {{"reason", "capacity"}});
  prom::Gauge& deferred = gauge(waiting_name, waiting_help, {{"reason", "deferred"}});
  prom::Gauge& kv_use = gauge("vllm:kv_cache_usage_perc", "Share of the KV pages in use; 1 is all");
  prom::Counter& prompt_tokens = counter("vllm:prompt_tokens_total", "Prompt tokens that were run");
  prom::Counter& generation_tokens = counter("vllm:generation_tokens_total", "Tokens that were generated");
  prom::Gauge& kv_idle =
      gauge("hawser_kv_pages_idle", "KV pages that no sequence reads, kept for their prefix");
  prom::Counter& prefix_queries =
      counter("vllm:prefix_cache_queries_total", "Prompt tokens that were looked up in the prefix index");
  prom::Counter& prefix_hits =
      counter("vllm:prefix_cache_hits_total", "Of them, those whose keys and values were there");
  prom::Counter& cached = counter("vllm:prompt_tokens_cached_total",
                                  "Prompt tokens that were not run: their keys and values were there");
  prom::Counter& preemptions = counter("vllm:num_preemptions_total", "Sequences whose pages went to others");
  prom::Counter& steps = counter("hawser_steps_total", "Steps of the device");
  prom::Counter& device_busy = counter("hawser_device_busy_seconds_total", "Time that the device worked");
  prom::Histogram& first_token =
      histogram("vllm:time_to_first_token_seconds", "From arrival to the first token", buckets::first_token);
  prom::Histogram& between_tokens = histogram("vllm:inter_token_latency_seconds",
                                              "Between two tokens of an answer", buckets::between_tokens);
  prom::Histogram& per_output_token =
      histogram("vllm:request_time_per_output_token_seconds", "Mean time of a token after the first",
                buckets::between_tokens);
  prom::Histogram& whole =
      histogram("vllm:e2e_request_latency_seconds", "From arrival to the end", buckets::request);
  prom::Histogram& queued =
      histogram("vllm:request_queue_time_seconds", "From arrival to the first step", buckets::request);
  prom::Histogram& prefill = histogram("vllm:request_prefill_time_seconds",
                                       "From the first step to the first token", buckets::request);
  prom::Histogram& decode =
      histogram("vllm:request_decode_time_seconds", "From the first token to the last", buckets::request);
  prom::Histogram& inference = histogram("vllm:request_inference_time_seconds",
                                         "From the first step to the last token", buckets::request);
  prom::Histogram& prompt_length =
      histogram("vllm:request_prompt_tokens", "Prompt tokens of a request", buckets::request_tokens);
  prom::Histogram& answer_length =
      histogram("vllm:request_generation_tokens", "Generated tokens of a request", buckets::request_tokens);
  prom::Histogram& max_tokens =
      histogram("vllm:request_params_max_tokens", "max_tokens of a request", buckets::request_tokens);
  prom::Histogram& choices = histogram("vllm:request_params_n", "n of a request", buckets::choices);
  prom::Histogram& step_tokens =
      histogram("vllm:iteration_tokens_total", "Tokens that one step ran", buckets::step_tokens);
  prom::Gauge* old_kv_use = nullptr;  // null: without the names before vLLM 0.11
  prom::Histogram* old_between_tokens = nullptr;
  std::array<prom::Counter*, limit_count> over{};
  std::array<prom::Counter*, finish_names.size()> ended{};
  std::array<prom::Counter*, refusal_names.size()> refused{};

  void begin(bool old_names, std::uint32_t page_tokens, std::uint32_t pages,
             const model::backend_memory& memory) {
    for (std::size_t i = 0; i < finish_names.size(); ++i) {
      ended[i] = &counter("vllm:request_success_total", "Requests that have ended",
                          {{"finished_reason", finish_names[i]}});
    }
    for (std::size_t i = 0; i < refusal_names.size(); ++i) {
      refused[i] = &counter("hawser_requests_refused_total", "Requests that were refused",
                            {{"reason", refusal_names[i]}});
    }
    for (std::size_t i = 1; i < limit_count; ++i) {
      over[i] =
          &counter("vllm:admission_rejections_total", "Requests refused for load, by the limit they met",
                   {{"reason", reason_of(static_cast<limit>(i))}});
    }
    if (old_names) {
      old_kv_use = &gauge("vllm:gpu_cache_usage_perc", "vllm:kv_cache_usage_perc by its older name");
      old_between_tokens =
          &histogram("vllm:time_per_output_token_seconds",
                     "vllm:inter_token_latency_seconds by its older name", buckets::between_tokens);
    }
    gauge("vllm:cache_config_info", "How the KV cache is made",
          {{"block_size", std::to_string(page_tokens)}, {"num_gpu_blocks", std::to_string(pages)}})
        .Set(1.0);
    for (const char* const state : {"awake", "weights_offloaded", "discard_all"}) {
      gauge("vllm:engine_sleep_state", "1 for the state that the weights are in: here they are always loaded",
            {{"sleep_state", state}})
          .Set(state == std::string_view("awake") ? 1.0 : 0.0);
    }
    kv_reserved.Set(static_cast<double>(memory.kv));
  }

  void add(const refusal_tally& t) {
    for (std::size_t i = 1; i < t.by_limit.size(); ++i)
      over[i]->Increment(static_cast<double>(t.by_limit[i]));
    for (std::size_t i = 0; i < t.by_reason.size(); ++i)
      refused[i]->Increment(static_cast<double>(t.by_reason[i]));
  }
};

/// What there is once.
struct metrics::of_model : labelled {
  prom::Counter& arrived = counter("hawser_requests_total", "Requests that asked for an answer");
  prom::Gauge& load = gauge("hawser_load", "1 is all that the server can do in time");
  prom::Gauge& correction =
      gauge("hawser_wait_correction", "What expected waits are multiplied with, for how they came true");
  prom::Gauge& kv_committed = gauge("hawser_kv_committed_ratio", "Share of the KV pages that is spoken for");
  prom::Gauge& before_batch = gauge("hawser_requests_queued", "Accepted requests before their first step");
  prom::Counter& result_hits =
      counter("hawser_result_cache_requests_total", result_help, {{"result", "hit"}});
  prom::Counter& result_shared =
      counter("hawser_result_cache_requests_total", result_help, {{"result", "shared"}});
  prom::Counter& result_misses =
      counter("hawser_result_cache_requests_total", result_help, {{"result", "miss"}});
  prom::Counter& result_bypassed =
      counter("hawser_result_cache_requests_total", result_help, {{"result", "bypass"}});
  prom::Counter& result_stored = counter("hawser_result_cache_stored_total", "Answers that were remembered");
  prom::Counter& result_evicted =
      counter("hawser_result_cache_dropped_total", dropped_help, {{"reason", "room"}});
  prom::Counter& result_expired =
      counter("hawser_result_cache_dropped_total", dropped_help, {{"reason", "age"}});
  prom::Counter& result_purged =
      counter("hawser_result_cache_dropped_total", dropped_help, {{"reason", "purge"}});
  prom::Gauge& result_ratio = gauge("hawser_result_cache_hit_ratio",
                                    "Of the last few hundred that could be repeated, those not computed");
  prom::Gauge& result_bytes =
      gauge("hawser_result_cache_bytes", "Answers that are remembered or shared, with their questions");
  prom::Gauge& result_answers = gauge("hawser_result_cache_answers", "Answers that are remembered");
  prom::Gauge& result_computing =
      gauge("hawser_result_cache_computing", "Answers that are being computed and can be shared");
  prom::Gauge& memory_limit = gauge("hawser_memory_limit_bytes", "Of all owners together; 0: none");
  prom::Gauge& memory_short =
      gauge("hawser_memory_short", "1: newcomers are refused, because nothing else can give way");
  prom::Counter& given_back =
      counter("hawser_memory_given_back_total", "Times that free memory was returned to the system");
  std::array<prom::Gauge*, memory_owners> memory{};
  std::array<prom::Counter*, far_outcomes> far{};
  std::array<prom::Gauge*, rank_names.size()> wait{};

  void begin() {
    for (std::size_t i = 0; i < rank_names.size(); ++i) {
      wait[i] = &gauge("hawser_expected_wait_seconds", "Until a newcomer of the class is at its turn",
                       {{"class", rank_names[i]}});
    }
    for (std::size_t i = 0; i < memory_owners; ++i) {
      memory[i] = &gauge("hawser_memory_bytes", "Memory by owner",
                         {{"owner", std::string(actors::name_of(static_cast<memory_owner>(i)))}});
    }
    for (std::size_t i = 0; i < far_outcomes; ++i) {
      far[i] = &counter("hawser_result_cache_far_total", "Questions to the second tier of the result cache",
                        {{"result", far_names[i]}});
    }
  }
};

metrics::metrics(bool old_names) : all_(std::make_unique<families>()), old_names_(old_names) {}

metrics::~metrics() = default;

void metrics::know_model(std::uint32_t replica, const std::string& name, std::uint32_t page_tokens,
                         std::uint32_t pages, const model::backend_memory& memory) {
  if (replica >= engines_.size()) engines_.resize(replica + 1u);
  if (engines_[replica]) return;
  const labels of{{"model_name", name}, {"engine", std::to_string(replica)}};
  engines_[replica] = std::make_unique<of_engine>(labelled{all_->registry, of});
  engines_[replica]->begin(old_names_, page_tokens, pages, memory);
  if (model_) return;
  model_ = std::make_unique<of_model>(labelled{all_->registry, {{"model_name", name}, {"engine", "0"}}});
  model_->begin();
}

void metrics::set_memory(const memory_facts& now) {
  if (!model_) return;
  of_model& m = *model_;
  for (std::size_t i = 0; i < memory_owners; ++i) m.memory[i]->Set(static_cast<double>(now.held[i]));
  m.memory_limit.Set(static_cast<double>(now.limit));
  m.memory_short.Set(now.short_of_memory ? 1.0 : 0.0);
  m.given_back.Increment(static_cast<double>(now.given_back) - m.given_back.Value());
}

void metrics::add(std::uint32_t replica, const batch_tally& t) {
  if (replica >= engines_.size() || !engines_[replica]) return;
  of_engine& m = *engines_[replica];
  m.running.Set(t.running);
  m.waiting.Set(t.waiting + t.deferred);
  m.short_of_seats.Set(t.waiting);
  m.deferred.Set(t.deferred);
  m.kv_use.Set(t.pages == 0 ? 0.0 : static_cast<double>(t.pages_used) / t.pages);
  if (m.old_kv_use != nullptr) m.old_kv_use->Set(m.kv_use.Value());
  m.kv_idle.Set(t.pages_idle);
  m.prefix_queries.Increment(static_cast<double>(t.prefix_queries));
  m.prefix_hits.Increment(static_cast<double>(t.prefix_hits));
  m.cached.Increment(static_cast<double>(t.prefix_hits));
  m.prompt_tokens.Increment(static_cast<double>(t.prompt_tokens));
  m.generation_tokens.Increment(static_cast<double>(t.generation_tokens));
  m.preemptions.Increment(static_cast<double>(t.preemptions));
  m.steps.Increment(static_cast<double>(t.steps));
  m.device_busy.Increment(std::chrono::duration<double>(t.device_busy).count());
  for (std::size_t i = 0; i < t.ended.size(); ++i) m.ended[i]->Increment(static_cast<double>(t.ended[i]));
  m.add(t.refused);
  const std::pair<prom::Histogram*, const local_histogram*> pairs[] = {
      {&m.first_token, &t.first_token},
      {&m.between_tokens, &t.between_tokens},
      {&m.per_output_token, &t.per_output_token},
      {&m.whole, &t.whole},
      {&m.queued, &t.queued},
      {&m.prefill, &t.prefill},
      {&m.decode, &t.decode},
      {&m.inference, &t.inference},
      {&m.prompt_length, &t.prompt_length},
      {&m.answer_length, &t.answer_length},
      {&m.max_tokens, &t.max_tokens},
      {&m.choices, &t.choices},
      {&m.step_tokens, &t.step_tokens}};
  for (const auto& [into, from] : pairs) of_engine::merge(*into, *from);
  if (m.old_between_tokens != nullptr) of_engine::merge(*m.old_between_tokens, t.between_tokens);
}

void metrics::add(const ingress_tally& t) {
  if (!model_) return;
  of_model& m = *model_;
  m.arrived.Increment(static_cast<double>(t.arrived));
  m.load.Set(t.load);
  m.correction.Set(t.correction);
  m.kv_committed.Set(t.kv_committed);
  for (std::size_t i = 0; i < t.wait.size(); ++i) m.wait[i]->Set(t.wait[i]);
  // Who never came to a batcher is shown with the first one.
  of_engine& first = *engines_.front();
  first.add(t.refused);
  for (std::size_t i = 0; i < t.ended.size(); ++i) first.ended[i]->Increment(static_cast<double>(t.ended[i]));
  m.before_batch.Set(t.before_batch);
}

void metrics::add(const result_tally& t) {
  if (!model_) return;
  of_model& m = *model_;
  m.result_hits.Increment(static_cast<double>(t.hits));
  m.result_shared.Increment(static_cast<double>(t.shared));
  m.result_misses.Increment(static_cast<double>(t.misses));
  m.result_bypassed.Increment(static_cast<double>(t.bypassed));
  m.result_stored.Increment(static_cast<double>(t.stored));
  m.result_evicted.Increment(static_cast<double>(t.evicted));
  m.result_expired.Increment(static_cast<double>(t.expired));
  m.result_purged.Increment(static_cast<double>(t.purged));
  for (std::size_t i = 0; i < far_outcomes; ++i) m.far[i]->Increment(static_cast<double>(t.far[i]));
  m.result_ratio.Set(t.hit_ratio);
  m.result_bytes.Set(static_cast<double>(t.bytes));
  m.result_answers.Set(static_cast<double>(t.answers));
  m.result_computing.Set(static_cast<double>(t.computing));
}

void metrics::add(const std::string& actor, const runtime::actor_counters& now) {
  families::of_actor& shown = all_->actor(actor);
  // A restarted actor counts from zero again.
  if (now.messages < shown.last.messages) shown.last = {};
  shown.messages.Increment(static_cast<double>(now.messages - shown.last.messages));
  shown.slow.Increment(static_cast<double>(now.slow - shown.last.slow));
  shown.busy.Increment(std::chrono::duration<double>(now.busy - shown.last.busy).count());
  shown.waiting.Set(now.waiting);
  shown.age.Set(std::chrono::duration<double>(now.oldest).count());
  shown.last = now;
}

void metrics::count_restart(const std::string& actor) {
  all_->restarts.Add({{"actor", actor}}).Increment();
}

void metrics::set_resident(std::size_t bytes) {
  all_->resident.Set(static_cast<double>(bytes));
}

std::string metrics::page() const {
  return prom::TextSerializer().Serialize(all_->registry.Collect());
}

}  // namespace hawser::actors
