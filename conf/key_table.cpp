#include "conf/key.hpp"

#include <array>

namespace hawser::conf {

namespace {

constexpr double day = 86'400;
constexpr double kb = 1024;
constexpr double mb = 1024 * kb;
constexpr double gb = 1024 * mb;
constexpr double tb = 1024 * gb;

// clang-format off
const std::array table{
  key{.name = "max_concurrency", .at = [](settings& s) -> slot { return &s.max_concurrency; }, .most = 4096, .unit = "jobs",
      .doc = "Parsing, templating and tokenizing jobs that run at once, beside the event loop. 0: cores x 1.5. How many answers are "
             "generated together is scheduling.seats."},
  key{.name = "memory_limit", .at = [](settings& s) -> slot { return &s.memory_limit; }, .most = 64 * tb, .unit = "MB",
      .scale = megabyte,
      .doc = "Memory that the process plans with: weights, KV pages, working memory. The number of KV pages is cut so that all fits. "
             "0: what the machine (or its control group) has available at start, less a tenth."},
  key{.name = "chunk_threshold", .at = [](settings& s) -> slot { return &s.chunk_threshold; }, .least = 1, .most = 1 << 20,
      .unit = "tokens",
      .doc = "A prompt longer than this is computed in chunks of at most this many tokens, so that others' answers go on in between."},
  key{.name = "http_timeout", .at = [](settings& s) -> slot { return &s.http_timeout; }, .least = 1, .most = day, .unit = "seconds",
      .doc = "A request that is not answered within this time ends with what it has."},

  key{.name = "server.host", .at = [](settings& s) -> slot { return &s.server.host; },
      .doc = "Address to listen on. 0.0.0.0: every IPv4 address of the machine; ::: every address."},
  key{.name = "server.port", .at = [](settings& s) -> slot { return &s.server.port; }, .most = 65535,
      .doc = "TCP port to listen on. 0: any free one; the line that says ready names it."},
  key{.name = "server.threads", .at = [](settings& s) -> slot { return &s.server.threads; }, .least = 1, .most = 64, .unit = "threads",
      .doc = "Event-loop threads. They only move bytes and letters between actors; more are needed above some 10,000 requests a second."},
  key{.name = "server.drain_timeout", .at = [](settings& s) -> slot { return &s.server.drain_timeout; }, .most = day,
      .unit = "seconds",
      .doc = "After SIGTERM or SIGINT, answers that are being generated get this long to end. A second signal ends at once."},

  key{.name = "model.path", .at = [](settings& s) -> slot { return &s.model.path; },
      .doc = "The GGUF file to serve. Empty: $HAWSER_MODEL, else the model that `make run` fetched."},
  key{.name = "model.name", .at = [](settings& s) -> slot { return &s.model.name; },
      .doc = "Name that clients see in /v1/models. Empty: the file's name without .gguf."},
  key{.name = "model.context", .at = [](settings& s) -> slot { return &s.model.context; }, .most = 1 << 20, .unit = "tokens",
      .doc = "Longest prompt and answer together; cut to what the model was trained for. 0: what the model was trained for."},

  key{.name = "cpu.threads", .at = [](settings& s) -> slot { return &s.cpu.threads; }, .most = 1024, .unit = "threads",
      .doc = "Compute threads. 0: one for each core that the process may use."},

  key{.name = "scheduling.seats", .at = [](settings& s) -> slot { return &s.scheduling.seats; }, .least = 1, .most = 4096,
      .unit = "sequences", .doc = "Answers that are generated together, in one batch."},
  key{.name = "scheduling.step_tokens", .at = [](settings& s) -> slot { return &s.scheduling.step_tokens; }, .least = 16,
      .most = 65536, .unit = "tokens",
      .doc = "Tokens in one step of the model, prompts and answers together. More: quicker prompts; fewer: steadier answers beside them."},
  key{.name = "scheduling.queue", .at = [](settings& s) -> slot { return &s.scheduling.queue; }, .least = 1, .most = 65536,
      .unit = "requests", .doc = "Requests that may wait for a seat; more are refused with 503 and Retry-After."},

  key{.name = "limits.request_line", .at = [](settings& s) -> slot { return &s.limits.request_line; }, .least = 256, .most = mb,
      .doc = "Longest request target (path and query); longer: 414."},
  key{.name = "limits.header_bytes", .at = [](settings& s) -> slot { return &s.limits.header_bytes; }, .least = kb, .most = mb,
      .doc = "Size of a request's header; larger: 431."},
  key{.name = "limits.body", .at = [](settings& s) -> slot { return &s.limits.body; }, .least = kb, .most = 64 * mb,
      .doc = "Size of a request's body; larger: 413."},
  key{.name = "limits.header_timeout", .at = [](settings& s) -> slot { return &s.limits.header_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds", .doc = "Time for a whole header from its first byte; slower: 408."},
  key{.name = "limits.body_timeout", .at = [](settings& s) -> slot { return &s.limits.body_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds", .doc = "Time for a whole body, and one second more for each 64 KB; slower: 408."},
  key{.name = "limits.keep_alive", .at = [](settings& s) -> slot { return &s.limits.keep_alive; }, .least = 0.1, .most = day,
      .unit = "seconds", .doc = "An idle connection is closed after this time."},
  key{.name = "limits.keep_alive_requests", .at = [](settings& s) -> slot { return &s.limits.keep_alive_requests; }, .least = 1,
      .most = 1e9, .unit = "requests", .doc = "Requests on one connection before it is closed."},
  key{.name = "limits.connections", .at = [](settings& s) -> slot { return &s.limits.connections; }, .least = 1, .most = 1e6,
      .unit = "connections", .doc = "Connections at once; more are answered 503 and closed."},
  key{.name = "limits.unread_output", .at = [](settings& s) -> slot { return &s.limits.unread_output; }, .least = 4 * kb, .most = gb,
      .doc = "Output that may wait for a slow reader on one connection."},
  key{.name = "limits.slow_reader_timeout", .at = [](settings& s) -> slot { return &s.limits.slow_reader_timeout; }, .least = 0.1,
      .most = day, .unit = "seconds", .doc = "A reader whose unread output stays full for this long loses its connection, and its answer is cancelled."},
  key{.name = "limits.stream_ping", .at = [](settings& s) -> slot { return &s.limits.stream_ping; }, .least = 0.1, .most = day,
      .unit = "seconds", .doc = "A stream that is silent for this long gets a comment line, so that nothing in between closes it."},
  key{.name = "limits.json_depth", .at = [](settings& s) -> slot { return &s.limits.json_depth; }, .least = 4, .most = 512,
      .doc = "Nesting of JSON in a request; deeper: 400."},

  key{.name = "logging.level", .at = [](settings& s) -> slot { return &s.logging.level; },
      .choices = "trace|debug|info|warning|error|off", .doc = "Least important messages that are logged."},
};

struct section_text { std::string_view name, about; };

constexpr std::array sections{
  section_text{"server", "Where the server listens and how it ends."},
  section_text{"model", "What is served."},
  section_text{"cpu", "Computing on the processor."},
  section_text{"scheduling", "How requests share the model."},
  section_text{"limits", "What one client may ask for and hold. Each has an answer that says which limit was reached."},
  section_text{"logging", "What is written to standard error."},
};
// clang-format on

}  // namespace

std::span<const key> keys() noexcept {
  return table;
}

std::string_view about_section(std::string_view section) noexcept {
  for (const section_text& one : sections) {
    if (one.name == section) return one.about;
  }
  return {};
}

}  // namespace hawser::conf
