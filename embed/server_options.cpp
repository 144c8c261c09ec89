#include "embed/server_options.hpp"

#include "embed/failure.hpp"
#include "embed/revision.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hawser::embed {

namespace {

/// Ranges are the table's: nothing is lost here.
std::uint32_t u32(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

std::size_t size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

/// What a key's choice stands for: the table lets no other text in.
template <class T>
void choose(T& to, std::string_view text,
            std::initializer_list<std::pair<std::string_view, std::type_identity_t<T>>> all) {
  for (const auto& [name, value] : all)
    if (name == text) to = value;
}

net::text_limits text_limits_from(const conf::limit_settings& l) {
  net::text_limits made;
  made.prompts = size(l.prompts);
  made.choices = l.choices;
  made.stop_strings = size(l.stop_strings);
  made.stop_bytes = l.stop_bytes.value;
  made.logit_biases = size(l.logit_biases);
  made.top_logprobs = l.top_logprobs;
  return made;
}

net::web_rules web_rules_from(const conf::limit_settings& l) {
  net::web_rules made;
  made.frame = l.websocket_frame.value;
  made.message = l.websocket_message.value;
  made.fragments = u32(l.websocket_fragments);
  made.waiting = size(l.websocket_requests);
  made.ping_every = l.websocket_ping;
  made.dead_after = l.websocket_timeout;
  return made;
}

net::http_limits http_limits_from(const conf::settings& all) {
  const conf::limit_settings& l = all.limits;
  net::http_limits made;
  made.request_line = l.request_line.value;
  made.header_bytes = l.header_bytes.value;
  made.header_count = size(l.header_count);
  made.chunk_extension = l.chunk_extension.value;
  made.chunk_extensions = l.chunk_extensions.value;
  made.body = l.body.value;
  made.inline_body = l.inline_body.value;
  made.json_depth = size(l.json_depth);
  made.json_keys = size(l.json_keys);
  made.text = text_limits_from(l);
  made.header_time = l.header_timeout;
  made.body_time = l.body_timeout;
  made.body_rate_window = l.body_rate_window;
  made.body_rate = l.body_rate.value;
  made.keep_alive = l.keep_alive;
  made.keep_alive_requests = u32(l.keep_alive_requests);
  made.pipelined = l.pipelined.value;
  made.unread_output = l.unread_output.value;
  made.unread_total = l.unread_total.value;
  made.slow_reader_time = l.slow_reader_timeout;
  made.stalled_time = l.stalled_timeout;
  made.stream_ping = l.stream_ping;
  made.web = web_rules_from(l);
  made.request_time = all.http_timeout;
  made.scrape_time = l.scrape_timeout;
  made.linger_time = l.linger_timeout;
  made.connections = u32(l.connections);
  made.reserved_connections = u32(l.reserved_connections);
  made.connections_per_address = u32(l.connections_per_address);
  made.backlog = static_cast<int>(l.backlog);
  made.session_mailbox = u32(l.session_mailbox);
  made.send_buffer = static_cast<int>(l.send_buffer.value);
  return made;
}

}  // namespace

std::uint32_t concurrency_from(const conf::settings& all, std::uint32_t cores) {
  if (all.max_concurrency != 0) return u32(all.max_concurrency);
  return std::max<std::uint32_t>(1, cores * 3 / 2);
}

std::uint32_t seats_from(const conf::settings& all) {
  const std::int64_t seats = all.scheduling.seats;
  return u32(all.max_concurrency == 0 ? seats : std::min(seats, all.max_concurrency));
}

actors::core_options core_options_from(const conf::settings& all, std::uint32_t cores) {
  const conf::scheduling_settings& s = all.scheduling;
  actors::core_options made;
  made.queued_requests = u32(s.queued_requests);
  made.requests = u32(s.requests);
  made.queued_tokens = static_cast<std::uint64_t>(s.queued_tokens);
  made.choices = u32(all.limits.choices);
  made.stop_strings = u32(all.limits.stop_strings);
  made.stop_bytes = static_cast<std::uint32_t>(all.limits.stop_bytes.value);
  made.logit_biases = u32(all.limits.logit_biases);
  made.top_logprobs = u32(all.limits.top_logprobs);
  made.default_max_tokens = u32(all.limits.default_max_tokens);
  made.throttle = all.overload.throttle;
  made.interactive_target = all.overload.interactive_target;
  made.standard_target = all.overload.standard_target;
  made.token_target = all.overload.token_target;
  made.shed_batch = all.overload.shed_batch;
  made.shed_standard = all.overload.shed_standard;
  made.shed_all = all.overload.shed_all;
  made.shed_hysteresis = all.overload.shed_hysteresis;
  made.kv_share = all.overload.kv_share;
  made.tokenizer_workers = concurrency_from(all, cores);
  made.tokenizer_queue = u32(s.tokenizer_queue);
  made.seats = seats_from(all);
  made.step_tokens = u32(s.step_tokens);
  made.chunk_threshold = u32(all.chunk_threshold);
  made.step_time = s.step_time;
  made.chunk_beside_decodes = u32(s.chunk_beside_decodes);
  made.expected_answer = u32(s.expected_answer);
  made.prefix_share = s.prefix_cache ? s.prefix_share : 0;
  made.share_prefixes = s.share_prefixes;
  made.ageing = s.ageing;
  made.result_bytes = all.cache.memory.value;
  made.result_largest = all.cache.largest.value;
  made.result_time_to_live = all.cache.time_to_live;
  made.gc_interval = all.gc_interval;
  made.far_patience = 2 * all.cache.redis_timeout;
  made.step_deadline = s.step_deadline;
  made.warm_up_deadline = s.warm_up_deadline;
  made.rehearsal_tokens = u32(all.warm_up.rehearsal_tokens);
  for (const std::string& text : all.warm_up.prompts) made.rehearsal_prompts.push_back({text, false});
  for (const std::string& text : all.warm_up.system_prompts) made.rehearsal_prompts.push_back({text, true});
  made.report_every = all.runtime.report_every;
  made.old_metric_names = all.server.old_metric_names;
  made.restarts = u32(s.restarts);
  made.restart_window = s.restart_window;
  made.drain = all.server.drain_timeout;
  made.slow_handler = std::chrono::milliseconds(all.runtime.slow_handler_ms);
  return made;
}

cpu::cpu_options cpu_options_from(const conf::settings& all) {
  cpu::cpu_options made;
  made.threads = u32(all.cpu.threads);
  made.kernels = all.cpu.kernels;
  choose(made.kv, all.cpu.kv,
         {{"bf16", cpu::kv_type::bf16}, {"f16", cpu::kv_type::f16}, {"q8_0", cpu::kv_type::q8_0}});
  choose(made.threads_stay, all.cpu.affinity,
         {{"auto", cpu::affinity::automatic},
          {"none", cpu::affinity::none},
          {"nodes", cpu::affinity::nodes},
          {"cores", cpu::affinity::cores}});
  choose(made.memory, all.cpu.numa,
         {{"auto", cpu::memory_spread::automatic},
          {"local", cpu::memory_spread::local},
          {"interleave", cpu::memory_spread::interleave}});
  made.seats = seats_from(all);
  // A step has room for one token of each seat, whatever was configured.
  made.step_tokens = std::max(u32(all.scheduling.step_tokens), made.seats);
  made.context = u32(all.model.context);
  made.page_tokens = u32(all.cpu.page_tokens);
  made.kv_bytes = all.model.kv_memory.value;
  return made;
}

std::optional<redis_options> redis_options_from(const conf::settings& all) {
  const conf::cache_settings& c = all.cache;
  if (c.redis.empty() || c.memory.value == 0) return std::nullopt;
  if (c.redis_secret.size() < 16) {
    throw failure(errc::configuration,
                  "cache.redis needs cache.redis_secret: at least 16 characters, the same for all "
                  "servers that share their answers");
  }
  redis_options made;
  made.where = read_redis_url(c.redis).value();
  made.secret = c.redis_secret;
  made.within = c.redis_timeout;
  made.time_to_live = c.time_to_live;
  made.largest = c.largest.value;
  return made;
}

namespace {

bool is_own(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

net::door_policy door_from(const conf::server_settings& from) {
  net::door_policy made;
  made.hosts = from.hosts;
  if (made.hosts.empty() && !is_own(from.host)) made.hosts.emplace_back("*");
  made.open_metrics = from.open_metrics;
  return made;
}

}  // namespace

net::net_options net_options_from(const conf::settings& all) {
  net::net_options made;
  // People write it; the listener takes addresses.
  made.host = all.server.host == "localhost" ? "127.0.0.1" : all.server.host;
  made.port = static_cast<std::uint16_t>(all.server.port);
  made.version = HAWSER_VERSION;
  made.revision = revision();
  made.limits = http_limits_from(all);
  made.sampling = {.temperature = static_cast<float>(all.sampling.temperature),
                   .top_k = static_cast<std::int32_t>(all.sampling.top_k),
                   .top_p = static_cast<float>(all.sampling.top_p),
                   .min_p = static_cast<float>(all.sampling.min_p)};
  made.origins = {all.server.origins, all.server.loopback_origins};
  made.embed = all.embeddings.pooling == "last" ? actors::pooling::last : actors::pooling::mean;
  made.responses.bytes = all.responses.memory.value;
  made.responses.count = static_cast<std::size_t>(all.responses.count);
  made.door = door_from(all.server);
  made.trusted = all.server.trusted_proxies;
  choose(made.load_report, all.server.load_report,
         {{"asked", net::load_format::none},
          {"text", net::load_format::text},
          {"json", net::load_format::json}});
  made.drain_time = all.server.drain_timeout;
  made.slow_handler = std::chrono::milliseconds(all.runtime.slow_handler_ms);
  return made;
}

}  // namespace hawser::embed
