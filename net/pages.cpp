#include "net/pages.hpp"

#include "net/json_text.hpp"
#include "net/net_counters.hpp"

#include <array>
#include <cstddef>

namespace hawser::net {
namespace {

constexpr std::string_view index_page = R"({"name":"hawser","endpoints":{
"POST /predict":"continue a text; with an upgrade, a WebSocket of many",
"POST /v1/completions":"OpenAI completions",
"POST /v1/chat/completions":"OpenAI chat completions",
"POST /v1/responses":"OpenAI responses; with an upgrade, a WebSocket of them",
"GET /v1/responses/{id}":"a response that is remembered; DELETE forgets it",
"POST /v1/embeddings":"OpenAI embeddings",
"POST /v1/messages":"Anthropic messages",
"POST /v1/messages/count_tokens":"the tokens of Anthropic messages",
"POST /tokenize":"text to tokens",
"POST /detokenize":"tokens to text",
"POST /apply-template":"the text that a chat becomes",
"GET /v1/models":"what is served",
"GET /health":"200 while the process lives",
"GET /ready":"200 when requests are answered",
"GET /metrics":"Prometheus text",
"DELETE /cache":"forget the answers that were computed before",
"GET /version":"the version, and the revision of its sources",
"GET /openapi.json":"all of this with every field, in OpenAPI 3.1",
"GET /v1/load":"how busy the server is",
"GET /v1/actors":"the live actors, for this machine only"}}
)";

std::string_view name_of(actors::phase now) noexcept {
  switch (now) {
  case actors::phase::loading:
    return "loading";
  case actors::phase::warming:
    return "warming";
  case actors::phase::ready:
    return "ready";
  case actors::phase::draining:
    return "draining";
  case actors::phase::failed:
    return "failed";
  }
  return "unknown";
}

response status_page(int status, actors::phase now) {
  response made;
  made.status = status;
  made.body = R"({"status":")" +
              std::string(status == 200 && now != actors::phase::ready ? "ok" : name_of(now)) + "\"}";
  if (status != 200) made.fields = "Retry-After: 1\r\n";
  return made;
}

std::string model_object(const actors::service_state& state) {
  std::string out = R"({"id":)";
  append_quoted(out, state.model_name);
  out += R"(,"object":"model","created":)";
  append_integer(out, state.created);
  out += R"(,"owned_by":"hawser","max_model_len":)";
  append_integer(out, state.context);
  out += '}';
  return out;
}

response models_page(const actors::service_state& state, actors::phase now) {
  response made;
  made.body = R"({"object":"list","data":[)";
  if (now != actors::phase::loading) made.body += model_object(state);
  made.body += "]}";
  return made;
}

response model_page(const std::string& id, const actors::service_state& state, actors::phase now) {
  if (now == actors::phase::loading || id != state.model_name) {
    api_error e = bad_field("model", "the model ");
    append_quoted(e.message, id);
    e.message += " is not served here; GET /v1/models lists what is";
    e.status = 404;
    e.code = "model_not_found";
    return error_response(e, {});
  }
  response made;
  made.body = model_object(state);
  return made;
}

response load_page(const actors::load_facts& seen, actors::phase now) {
  response made;
  std::string& out = made.body;
  out = R"({"status":)";
  append_quoted(out, name_of(now));
  out += R"(,"load":)";
  append_number(out, seen.load);
  out += R"(,"kv_usage":)";
  append_number(out, seen.kv);
  out += R"(,"queued_tokens":)";
  append_integer(out, seen.queued_tokens);
  out += R"(,"classes":{)";
  constexpr std::array<std::string_view, 3> names{"interactive", "standard", "batch"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += ',';
    append_quoted(out, names[i]);
    out += R"(:{"queued":)";
    append_integer(out, seen.queued[i]);
    out += R"(,"wait_ms":)";
    append_number(out, seen.wait[i] * 1000);
    out += '}';
  }
  out += "}}";
  return made;
}

}  // namespace

response page(const route& where, const actors::service& core, const build_name& build) {
  const actors::service_state& state = *core.state;
  const actors::phase now = state.now.load(std::memory_order_acquire);
  switch (where.to) {
  case endpoint::health: {
    response made = status_page(now == actors::phase::failed ? 503 : 200, now);
    if (made.status == 200) made.body = R"({"status":"ok"})";
    return made;
  }
  case endpoint::ready:
    return status_page(now == actors::phase::ready ? 200 : 503, now);
  case endpoint::models:
    return models_page(state, now);
  case endpoint::model:
    return model_page(where.argument, state, now);
  case endpoint::load:
    return load_page(core.load->read(), now);
  case endpoint::version: {
    response made;
    made.body = R"({"version":)";
    append_quoted(made.body, build.version);
    made.body += R"(,"revision":)";
    append_quoted(made.body, build.revision);
    made.body += '}';
    return made;
  }
  default: {
    response made;
    made.body = index_page;
    return made;
  }
  }
}

api_error not_serving(actors::phase now) {
  using std::chrono::seconds;
  switch (now) {
  case actors::phase::ready:
    break;
  case actors::phase::loading:
    return unavailable("the model is being loaded", "not_ready", seconds(2));
  case actors::phase::warming:
    return unavailable("the model is warming up", "not_ready", seconds(1));
  case actors::phase::draining:
    return unavailable("the server is stopping", "stopping", seconds(5));
  case actors::phase::failed:
    return unavailable("the model has failed and is being restarted", "not_ready", seconds(5));
  }
  api_error fine;
  fine.status = 0;
  return fine;
}

std::string metrics_text(const net_counters& counters) {
  std::string out;
  const auto line = [&out](std::string_view name, std::string_view kind, std::string_view help, auto value) {
    out += "# HELP hawser_http_" + std::string(name) + " " + std::string(help) + "\n# TYPE hawser_http_" +
           std::string(name) + " " + std::string(kind) + "\nhawser_http_" + std::string(name) + " ";
    append_integer(out, value);
    out += '\n';
  };
  line("connections", "gauge", "Connections that are open.", counters.open.load());
  line("connections_accepted_total", "counter", "Connections that were accepted.", counters.accepted.load());
  line("connections_refused_total", "counter", "Connections beyond a limit.", counters.turned_away.load());
  line("disconnects_total", "counter", "Clients that left while their answer was made.",
       counters.disconnects.load());
  line("slow_readers_total", "counter", "Connections closed because their output was not read.",
       counters.slow_readers.load());
  line("unread_bytes", "gauge", "Output that waits for clients to read it.", counters.unread.load());
  out += "# HELP hawser_http_responses_total Responses by status class.\n# TYPE hawser_http_responses_total "
         "counter\n";
  for (std::size_t digit = 2; digit < counters.by_class.size(); ++digit) {
    out += "hawser_http_responses_total{class=\"" + std::to_string(digit) + "xx\"} ";
    append_integer(out, counters.by_class[digit].load());
    out += '\n';
  }
  return out;
}

}  // namespace hawser::net
