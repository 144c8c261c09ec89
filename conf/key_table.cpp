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
  key{.name = "max_concurrency", .at = [](settings& s) -> slot { return &s.max_concurrency; },
      .most = 4096, .unit = "requests",
      .doc = "Requests that are worked on at once: texts that are parsed and tokenized beside the event loop, and, "
             "when it is not 0, answers that are generated together (at most scheduling.seats). 0: cores x 1.5 texts, "
             "and scheduling.seats answers, because a batch of many costs a device little more than one of few."},
  key{.name = "memory_limit", .at = [](settings& s) -> slot { return &s.memory_limit; }, .most = 64 * tb,
      .unit = "MB", .scale = megabyte,
      .doc = "Memory of the whole process: weights, working memory, KV pages, requests that wait, buffers and caches "
             "(docs/memory.md). KV pages get what the rest leaves, up to model.kv_memory. Near it caches shrink, memory is "
             "given back, and low classes lose their pages; at it newcomers are refused. 0: nine tenths of what the machine, "
             "or the process's control group, has available at start."},
  key{.name = "gc_interval", .at = [](settings& s) -> slot { return &s.gc_interval; }, .least = 0.01, .most = day,
      .unit = "seconds",
      .doc = "Near memory_limit, free memory is returned to the system, at most once in this time."},
  key{.name = "chunk_threshold", .at = [](settings& s) -> slot { return &s.chunk_threshold; },
      .least = 1, .most = 1e6, .unit = "tokens",
      .doc = "A prompt longer than this is computed in chunks of at most this many tokens, so that others' "
             "answers go on in between."},
  key{.name = "http_timeout", .at = [](settings& s) -> slot { return &s.http_timeout; }, .least = 0.1,
      .most = day, .unit = "seconds",
      .hot = true,
      .doc = "Time from a request's arrival to the end of its answer; then it ends with what it has, or "
             "with 504 when it has nothing."},

  key{.name = "server.host", .at = [](settings& s) -> slot { return &s.server.host; },
      .doc = "Address to listen on. \"0.0.0.0\": every IPv4 address of the machine; \"::\": every address."},
  key{.name = "server.port", .at = [](settings& s) -> slot { return &s.server.port; }, .most = 65535,
      .doc = "TCP port to listen on. 0: any free one; the line that says ready names it."},
  key{.name = "server.threads", .at = [](settings& s) -> slot { return &s.server.threads; }, .least = 1,
      .most = 64, .unit = "threads",
      .doc = "Event-loop threads. They only move bytes and letters between actors; computing has its own."},
  key{.name = "server.drain_timeout", .at = [](settings& s) -> slot { return &s.server.drain_timeout; },
      .most = day, .unit = "seconds",
      .doc = "After SIGTERM or SIGINT, what is being generated may go on for so long, then it is "
             "cancelled. A second signal ends at once."},
  key{.name = "server.hosts", .at = [](settings& s) -> slot { return &s.server.hosts; },
      .doc = "Names that clients may call the server by (the Host of a request), such as \"llm.example.org\" or "
             "\"*.example.org\"; \"*\": any. Addresses and localhost are always good. Empty: no other name where server.host is "
             "this machine's own (a web page could lead a browser here under a name of its own), any elsewhere. Others: 403."},
  key{.name = "server.origins", .at = [](settings& s) -> slot { return &s.server.origins; },
      .doc = "Web pages that may use the server from a browser (CORS), such as \"https://example.org\"; "
             "\"*\": all."},
  key{.name = "server.loopback_origins",
      .at = [](settings& s) -> slot { return &s.server.loopback_origins; },
      .doc = "Pages of this machine (localhost, any port) may, too."},
  key{.name = "server.trusted_proxies", .at = [](settings& s) -> slot { return &s.server.trusted_proxies; },
      .doc = "Addresses of proxies: limits.connections_per_address does not hold for them."},
  key{.name = "server.keys", .at = [](settings& s) -> slot { return &s.server.keys; },
      .hot = true,
      .doc = "A file of API keys, with their classes and quotas (docs/keys.md). Then every request but /, /health and /ready "
             "needs one; it is read again on SIGHUP. Empty: nobody needs a key."},
  key{.name = "server.open_metrics", .at = [](settings& s) -> slot { return &s.server.open_metrics; },
      .doc = "/metrics needs no key."},
  key{.name = "server.old_metric_names", .at = [](settings& s) -> slot { return &s.server.old_metric_names; },
      .doc = "/metrics also has the two names that vLLM gave up in 0.11, for dashboards that still read them "
             "(docs/metrics.md)."},
  key{.name = "server.load_report", .at = [](settings& s) -> slot { return &s.server.load_report; },
      .choices = "asked|text|json",
      .doc = "Answers say the server's load in the header endpoint-load-metrics (ORCA), for balancers. asked: where a "
             "request has endpoint-load-metrics-format; text, json: always, in this form."},
  key{.name = "server.certificate", .at = [](settings& s) -> slot { return &s.server.certificate; },
      .hot = true,
      .doc = "A certificate, with its chain, in PEM form: then the server speaks TLS (1.2 and later) and nothing else. Read again on "
             "SIGHUP, with the next. Empty: plain HTTP."},
  key{.name = "server.private_key", .at = [](settings& s) -> slot { return &s.server.private_key; },
      .hot = true,
      .doc = "The certificate's private key, in PEM form and without a passphrase."},

  key{.name = "model.path", .at = [](settings& s) -> slot { return &s.model.path; },
      .doc = "The GGUF file to serve. Empty: $HAWSER_MODEL, else the model that `make model` fetches."},
  key{.name = "model.name", .at = [](settings& s) -> slot { return &s.model.name; },
      .doc = "Name that clients see in /v1/models. Empty: the file's name without .gguf."},
  key{.name = "model.context", .at = [](settings& s) -> slot { return &s.model.context; }, .most = 1e6,
      .unit = "tokens",
      .doc = "Longest prompt and answer together. 0: what the model was trained for, or what its KV memory "
             "holds if that is less."},
  key{.name = "model.kv_memory", .at = [](settings& s) -> slot { return &s.model.kv_memory; },
      .least = mb, .most = 64 * tb,
      .doc = "Memory for keys and values of all sequences together; cut down to what memory_limit leaves."},

  key{.name = "cpu.threads", .at = [](settings& s) -> slot { return &s.cpu.threads; }, .most = 1024,
      .unit = "threads",
      .doc = "Compute threads. 0: one for each core that the process may use."},
  key{.name = "cpu.kernels", .at = [](settings& s) -> slot { return &s.cpu.kernels; },
      .choices = "auto|avx512-vnni|avx512|avx2-vnni|avx2|portable",
      .doc = "Instruction set to compute with. auto: the best that the processor has."},
  key{.name = "cpu.page_tokens", .at = [](settings& s) -> slot { return &s.cpu.page_tokens; }, .least = 16,
      .most = 64, .unit = "tokens",
      .doc = "Positions that one page of keys and values holds: 16, 32 or 64."},
  key{.name = "cpu.kv", .at = [](settings& s) -> slot { return &s.cpu.kv; }, .choices = "bf16|f16|q8_0",
      .doc = "How keys and values are kept. bf16 has the wider range of the two types of 16 bits and is "
             "quicker where the processor has AVX512-BF16; f16 is finer, up to 65504. q8_0 takes 53 % of "
             "their memory; docs/cpu.md says what it costs."},

  key{.name = "cpu.affinity", .at = [](settings& s) -> slot { return &s.cpu.affinity; },
      .choices = "auto|none|nodes|cores",
      .doc = "What compute threads are bound to. nodes: the cores of one memory node; cores: one core, which "
             "others should then leave alone; auto: nodes on a machine with several, else none."},
  key{.name = "cpu.numa", .at = [](settings& s) -> slot { return &s.cpu.numa; },
      .choices = "auto|local|interleave",
      .doc = "Where weights, keys and values lie. interleave: page by page over the memory nodes of the cores "
             "in use; local: near the thread that first writes; auto: interleave when there are several."},

  key{.name = "gpu.device", .at = [](settings& s) -> slot { return &s.gpu.device; },
      .doc = "auto: the GPU with the most free memory and all others of its kind, and the CPU, with a sentence in the log, where "
             "there is none that can serve. Numbers, as in 0 or 0,1: these GPUs or nothing (hawser devices lists them). none: the "
             "CPU. Several GPUs hold the whole model each, and share the requests."},
  key{.name = "gpu.memory", .at = [](settings& s) -> slot { return &s.gpu.memory; }, .least = 0.01, .most = 1,
      .doc = "Share of the GPU's free memory that hawser may take: what weights and the work of a step leave of it is for keys "
             "and values (model.kv_memory and memory_limit are about the process's memory)."},

  key{.name = "sampling.temperature", .at = [](settings& s) -> slot { return &s.sampling.temperature; },
      .most = 2,
      .doc = "Temperature of completions and chat that name none; 0: always the most likely token. The "
             "OpenAI API's own default is 1, at which small models ramble. POST /predict is greedy."},
  key{.name = "sampling.top_k", .at = [](settings& s) -> slot { return &s.sampling.top_k; }, .most = 1e6,
      .unit = "tokens",
      .doc = "Only the so many most likely tokens are drawn from, where the request does not say; 0: all."},
  key{.name = "sampling.top_p", .at = [](settings& s) -> slot { return &s.sampling.top_p; }, .most = 1,
      .doc = "Only the most likely tokens that have this probability together, where the request does not "
             "say; 1: all."},
  key{.name = "sampling.min_p", .at = [](settings& s) -> slot { return &s.sampling.min_p; }, .most = 1,
      .doc = "Only tokens at least this times as likely as the likeliest, where the request does not say; "
             "0: all."},

  key{.name = "scheduling.seats", .at = [](settings& s) -> slot { return &s.scheduling.seats; },
      .least = 1, .most = 4096, .unit = "sequences",
      .doc = "Answers that are generated together, in one batch."},
  key{.name = "scheduling.step_tokens",
      .at = [](settings& s) -> slot { return &s.scheduling.step_tokens; }, .least = 16, .most = 65536,
      .unit = "tokens",
      .doc = "Tokens in one step of the model, prompts and answers together. More: quicker prompts; fewer: "
             "less working memory."},
  key{.name = "scheduling.step_time", .at = [](settings& s) -> slot { return &s.scheduling.step_time; },
      .most = 60, .unit = "seconds",
      .doc = "What a step of the device should take: prompts get as many tokens in it as the measured times "
             "allow, or as much time as the answers beside them. 0: always scheduling.chunk_beside_decodes."},
  key{.name = "scheduling.chunk_beside_decodes",
      .at = [](settings& s) -> slot { return &s.scheduling.chunk_beside_decodes; }, .least = 1,
      .most = 65536, .unit = "tokens",
      .doc = "Prompt tokens in a step that also continues answers, until it is known how long steps take; "
             "see scheduling.step_time."},
  key{.name = "scheduling.expected_answer",
      .at = [](settings& s) -> slot { return &s.scheduling.expected_answer; }, .least = 1, .most = 1e6,
      .unit = "tokens",
      .doc = "KV memory for this many answer tokens must be free before a sequence starts."},
  key{.name = "scheduling.prefix_cache",
      .at = [](settings& s) -> slot { return &s.scheduling.prefix_cache; },
      .doc = "Keep the keys and values of prompts and answers in memory that nobody needs, for requests that "
             "begin like them."},
  key{.name = "scheduling.prefix_share",
      .at = [](settings& s) -> slot { return &s.scheduling.prefix_share; }, .least = 0, .most = 1,
      .doc = "Part of model.kv_memory that may be kept for them. The process's memory grows up to this and what "
             "running requests need; 1: what was used once is kept until others need it."},
  key{.name = "scheduling.share_prefixes",
      .at = [](settings& s) -> slot { return &s.scheduling.share_prefixes; },
      .doc = "Share them between all API keys. Then one can tell by the time to the first token whether "
             "another has sent the same beginning."},
  key{.name = "scheduling.queued_requests",
      .at = [](settings& s) -> slot { return &s.scheduling.queued_requests; }, .least = 1, .most = 1e6,
      .unit = "requests",
      .hot = true,
      .doc = "Requests of one priority class that may wait for their first step; more are refused with 503 "
             "and Retry-After."},
  key{.name = "scheduling.requests", .at = [](settings& s) -> slot { return &s.scheduling.requests; },
      .least = 1, .most = 1e6, .unit = "requests",
      .doc = "Requests of all classes, waiting and running; more are refused with 503 and Retry-After."},
  key{.name = "scheduling.queued_tokens",
      .at = [](settings& s) -> slot { return &s.scheduling.queued_tokens; }, .least = 1, .most = 1e9,
      .unit = "tokens",
      .hot = true,
      .doc = "Prompt tokens of all waiting requests together; more are refused with 503 and Retry-After."},
  key{.name = "scheduling.tokenizer_queue",
      .at = [](settings& s) -> slot { return &s.scheduling.tokenizer_queue; }, .least = 1, .most = 1e6,
      .unit = "texts",
      .doc = "Texts that may wait for a tokenizer, besides the prompts of the requests."},
  key{.name = "scheduling.ageing", .at = [](settings& s) -> slot { return &s.scheduling.ageing; },
      .least = 0.1, .most = day, .unit = "seconds",
      .doc = "A waiting request rises one priority class after each of these. A key's next waits from when "
             "its last got a seat, so that many requests of one key do not rise all at once."},
  key{.name = "scheduling.step_deadline",
      .at = [](settings& s) -> slot { return &s.scheduling.step_deadline; }, .least = 1, .most = day,
      .unit = "seconds",
      .doc = "A device that works longer than this on one step is given up for lost."},
  key{.name = "scheduling.warm_up_deadline",
      .at = [](settings& s) -> slot { return &s.scheduling.warm_up_deadline; }, .least = 1, .most = day,
      .unit = "seconds",
      .doc = "A device that needs longer than this to warm up is given up for lost."},
  key{.name = "scheduling.restarts", .at = [](settings& s) -> slot { return &s.scheduling.restarts; },
      .most = 1000, .unit = "restarts",
      .doc = "Failed actors that are started again within scheduling.restart_window; one more ends the "
             "service."},
  key{.name = "scheduling.restart_window",
      .at = [](settings& s) -> slot { return &s.scheduling.restart_window; }, .least = 1, .most = day,
      .unit = "seconds",
      .doc = "See scheduling.restarts."},

  key{.name = "warm_up.rehearsal_tokens",
      .at = [](settings& s) -> slot { return &s.warm_up.rehearsal_tokens; }, .most = 65536, .unit = "tokens",
      .doc = "A made-up prompt of so many tokens, and a few tokens of answer, go the whole way before the server says that it "
             "is ready: then the first client finds everything touched, and it is known how fast the machine is. 0: none."},
  key{.name = "warm_up.prompts",
      .at = [](settings& s) -> slot { return &s.warm_up.prompts; },
      .doc = "Texts that requests will begin with. They are computed before the server is ready and kept in the prefix "
             "cache, as long as there is room, for requests without a key of their own (or with scheduling.share_prefixes)."},
  key{.name = "warm_up.system_prompts",
      .at = [](settings& s) -> slot { return &s.warm_up.system_prompts; },
      .doc = "The same for system prompts of chats, as the model's template says them."},

  key{.name = "cache.memory", .at = [](settings& s) -> slot { return &s.cache.memory; }, .most = tb,
      .doc = "Memory for answers that were computed, for those who ask the same again, and that are being computed "
             "for several who ask the same (docs/serving.md). Greedy and seeded requests only. 0: every request is computed."},
  key{.name = "cache.largest", .at = [](settings& s) -> slot { return &s.cache.largest; }, .least = kb,
      .most = gb,
      .doc = "Of one question with its answer, in memory; a larger one is computed each time."},
  key{.name = "cache.time_to_live", .at = [](settings& s) -> slot { return &s.cache.time_to_live; },
      .least = 0.001, .most = 365 * day, .unit = "seconds",
      .doc = "An answer is remembered for so long."},
  key{.name = "cache.redis", .at = [](settings& s) -> slot { return &s.cache.redis; },
      .doc = "A second tier that several servers share: redis://:password@host:6379/0. Empty: none. A slow or dead Redis "
             "costs nothing but its hits (docs/serving.md)."},
  key{.name = "cache.redis_secret", .at = [](settings& s) -> slot { return &s.cache.redis_secret; },
      .doc = "What seals answers there; the same for all servers that share them, and known to nobody else. Required "
             "with cache.redis: best given as its environment variable."},
  key{.name = "cache.redis_timeout", .at = [](settings& s) -> slot { return &s.cache.redis_timeout; },
      .least = 0.001, .most = 10, .unit = "seconds",
      .doc = "For an answer of Redis; then a request is computed. After five failures in a row it is not asked for a second, then two, up to a minute."},

  key{.name = "responses.memory", .at = [](settings& s) -> slot { return &s.responses.memory; }, .most = tb,
      .doc = "Memory for responses of /v1/responses that may be continued (previous_response_id) or asked for again "
             "(docs/responses.md). The least recently used go first. 0: none is stored."},
  key{.name = "responses.count", .at = [](settings& s) -> slot { return &s.responses.count; }, .least = 1,
      .most = 1e7, .unit = "responses",
      .doc = "So many of them at most."},

  key{.name = "embeddings.pooling", .at = [](settings& s) -> slot { return &s.embeddings.pooling; },
      .choices = "mean|last",
      .doc = "What /v1/embeddings gives where a request does not say: the mean of the hidden states of all tokens, or the "
             "last token's."},

  key{.name = "overload.throttle",
      .at = [](settings& s) -> slot { return &s.overload.throttle; },
      .hot = true,
      .doc = "Refuse at once, with Retry-After, what cannot be served in time (docs/overload.md). false: only the "
             "bounds of scheduling hold, and whoever comes waits for as long as it takes."},
  key{.name = "overload.interactive_target",
      .at = [](settings& s) -> slot { return &s.overload.interactive_target; }, .least = 0.001, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "Time to the first token of an interactive request; one that would wait longer is refused."},
  key{.name = "overload.standard_target",
      .at = [](settings& s) -> slot { return &s.overload.standard_target; }, .least = 0.001, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "The same for a standard request. Batch requests have none: they wait for as long as there is room."},
  key{.name = "overload.token_target",
      .at = [](settings& s) -> slot { return &s.overload.token_target; }, .least = 0.001, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "Time between two tokens of an answer; slower counts as load."},
  key{.name = "overload.shed_batch",
      .at = [](settings& s) -> slot { return &s.overload.shed_batch; }, .least = 0.01, .most = 10,
      .hot = true,
      .doc = "Load, as in hawser_load, from which batch requests are refused. 1 is all that can be done in time."},
  key{.name = "overload.shed_standard",
      .at = [](settings& s) -> slot { return &s.overload.shed_standard; }, .least = 0.01, .most = 10,
      .hot = true,
      .doc = "Load from which standard requests are refused whose key has more than its share of the server."},
  key{.name = "overload.shed_all",
      .at = [](settings& s) -> slot { return &s.overload.shed_all; }, .least = 0.01, .most = 10,
      .hot = true,
      .doc = "Load from which all are refused but interactive requests of keys within their share."},
  key{.name = "overload.shed_hysteresis",
      .at = [](settings& s) -> slot { return &s.overload.shed_hysteresis; }, .most = 1,
      .hot = true,
      .doc = "So far the load must fall below one of these before its requests are accepted again."},
  key{.name = "overload.kv_share",
      .at = [](settings& s) -> slot { return &s.overload.kv_share; }, .least = 0.1, .most = 10,
      .hot = true,
      .doc = "Share of the KV memory that accepted requests may speak for, with their prompts and expected answers."},

  key{.name = "limits.request_line", .at = [](settings& s) -> slot { return &s.limits.request_line; },
      .least = 256, .most = mb,
      .hot = true,
      .doc = "Longest request line; longer: 414."},
  key{.name = "limits.header_bytes", .at = [](settings& s) -> slot { return &s.limits.header_bytes; },
      .least = kb, .most = mb,
      .hot = true,
      .doc = "Size of a request's whole header; larger: 431."},
  key{.name = "limits.header_count", .at = [](settings& s) -> slot { return &s.limits.header_count; },
      .least = 1, .most = 10000, .unit = "fields",
      .hot = true,
      .doc = "Fields in a header; more: 431."},
  key{.name = "limits.chunk_extension",
      .at = [](settings& s) -> slot { return &s.limits.chunk_extension; }, .most = mb,
      .hot = true,
      .doc = "Extensions of one chunk of a chunked body; larger: 400."},
  key{.name = "limits.chunk_extensions",
      .at = [](settings& s) -> slot { return &s.limits.chunk_extensions; }, .most = mb,
      .hot = true,
      .doc = "Extensions of all chunks of a body; larger: 400."},
  key{.name = "limits.body", .at = [](settings& s) -> slot { return &s.limits.body; }, .least = kb,
      .most = 64 * mb,
      .hot = true,
      .doc = "Size of a request's body; larger: 413."},
  key{.name = "limits.inline_body", .at = [](settings& s) -> slot { return &s.limits.inline_body; },
      .most = 64 * mb,
      .hot = true,
      .doc = "Bodies up to this size are parsed on the event loop, larger ones beside it."},
  key{.name = "limits.json_depth", .at = [](settings& s) -> slot { return &s.limits.json_depth; },
      .least = 4, .most = 512, .unit = "levels",
      .hot = true,
      .doc = "Nesting of JSON in a request; deeper: 400."},
  key{.name = "limits.json_keys", .at = [](settings& s) -> slot { return &s.limits.json_keys; },
      .least = 16, .most = 1e6, .unit = "keys",
      .hot = true,
      .doc = "Keys of one JSON object in a request; more: 400."},
  key{.name = "limits.header_timeout",
      .at = [](settings& s) -> slot { return &s.limits.header_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "Time for a whole header; slower: 408."},
  key{.name = "limits.body_timeout", .at = [](settings& s) -> slot { return &s.limits.body_timeout; },
      .least = 0.1, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "Time for a whole body, and 1 s more for each 64 KB; slower: 408."},
  key{.name = "limits.body_rate", .at = [](settings& s) -> slot { return &s.limits.body_rate; },
      .most = mb,
      .hot = true,
      .doc = "A body must arrive with at least this many bytes a second; slower: 408."},
  key{.name = "limits.body_rate_window",
      .at = [](settings& s) -> slot { return &s.limits.body_rate_window; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "Over which limits.body_rate is looked at."},
  key{.name = "limits.keep_alive", .at = [](settings& s) -> slot { return &s.limits.keep_alive; },
      .least = 0.1, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "An idle connection is closed after this time."},
  key{.name = "limits.keep_alive_requests",
      .at = [](settings& s) -> slot { return &s.limits.keep_alive_requests; }, .least = 1, .most = 1e9,
      .unit = "requests",
      .hot = true,
      .doc = "Requests on one connection before it is closed."},
  key{.name = "limits.pipelined", .at = [](settings& s) -> slot { return &s.limits.pipelined; },
      .least = kb, .most = 64 * mb,
      .hot = true,
      .doc = "Later requests that are read from a connection while one is answered."},
  key{.name = "limits.connections", .at = [](settings& s) -> slot { return &s.limits.connections; },
      .least = 1, .most = 1e6, .unit = "connections",
      .hot = true,
      .doc = "Connections at once; more are answered 503 and closed."},
  key{.name = "limits.reserved_connections",
      .at = [](settings& s) -> slot { return &s.limits.reserved_connections; }, .most = 1e4,
      .unit = "connections",
      .hot = true,
      .doc = "Connections beyond limits.connections that are served /health, /ready and /metrics only."},
  key{.name = "limits.connections_per_address",
      .at = [](settings& s) -> slot { return &s.limits.connections_per_address; }, .most = 1e6,
      .unit = "connections",
      .hot = true,
      .doc = "Connections from one address; loopback is exempt. 0: no limit."},
  key{.name = "limits.backlog", .at = [](settings& s) -> slot { return &s.limits.backlog; }, .least = 1,
      .most = 1e6, .unit = "connections",
      .doc = "Connections that the system may hold until they are accepted; it may cut this down "
             "(net.core.somaxconn)."},
  key{.name = "limits.session_mailbox",
      .at = [](settings& s) -> slot { return &s.limits.session_mailbox; }, .least = 64, .most = 1e6,
      .unit = "letters",
      .hot = true,
      .doc = "Pieces of answers that may wait for a connection's turn; a request whose next piece finds no "
             "room is cancelled."},
  key{.name = "limits.send_buffer", .at = [](settings& s) -> slot { return &s.limits.send_buffer; },
      .least = 4 * kb, .most = 64 * mb,
      .doc = "What the system may buffer of one connection's output, beside limits.unread_output."},
  key{.name = "limits.unread_output", .at = [](settings& s) -> slot { return &s.limits.unread_output; },
      .least = 4 * kb, .most = gb,
      .hot = true,
      .doc = "Output that may wait for a slow reader on one connection."},
  key{.name = "limits.unread_total", .at = [](settings& s) -> slot { return &s.limits.unread_total; },
      .least = 64 * kb, .most = 64 * gb,
      .hot = true,
      .doc = "The same on all connections; beyond it, those that hold most are closed."},
  key{.name = "limits.slow_reader_timeout",
      .at = [](settings& s) -> slot { return &s.limits.slow_reader_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "A reader whose unread output stays full for so long loses its connection, and its answer is "
             "cancelled."},
  key{.name = "limits.stalled_timeout",
      .at = [](settings& s) -> slot { return &s.limits.stalled_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "A reader that takes nothing at all for so long loses its connection."},
  key{.name = "limits.stream_ping", .at = [](settings& s) -> slot { return &s.limits.stream_ping; },
      .most = day, .unit = "seconds",
      .hot = true,
      .doc = "An event stream that is silent for so long gets a comment line, so that nothing in between "
             "closes it. 0: never."},
  key{.name = "limits.websocket_frame", .at = [](settings& s) -> slot { return &s.limits.websocket_frame; },
      .least = 125, .most = 64 * mb,
      .hot = true,
      .doc = "One frame of a WebSocket; larger ones close it with 1009."},
  key{.name = "limits.websocket_message",
      .at = [](settings& s) -> slot { return &s.limits.websocket_message; }, .least = 125, .most = 64 * mb,
      .hot = true,
      .doc = "One message of a WebSocket, in all its frames; larger ones close it with 1009."},
  key{.name = "limits.websocket_fragments",
      .at = [](settings& s) -> slot { return &s.limits.websocket_fragments; }, .least = 1, .most = 1e6,
      .unit = "frames",
      .hot = true,
      .doc = "Frames of one message of a WebSocket; more close it with 1009."},
  key{.name = "limits.websocket_requests",
      .at = [](settings& s) -> slot { return &s.limits.websocket_requests; }, .least = 1, .most = 4096,
      .unit = "messages",
      .hot = true,
      .doc = "Messages that a WebSocket reads ahead of those that are being answered; the others wait at "
             "the client."},
  key{.name = "limits.websocket_ping", .at = [](settings& s) -> slot { return &s.limits.websocket_ping; },
      .most = day, .unit = "seconds",
      .hot = true,
      .doc = "A WebSocket from which nothing was heard for so long gets a ping. 0: never."},
  key{.name = "limits.websocket_timeout",
      .at = [](settings& s) -> slot { return &s.limits.websocket_timeout; }, .most = day, .unit = "seconds",
      .hot = true,
      .doc = "A WebSocket from which nothing was heard for so long, pongs neither, is closed with 1001. 0: "
             "never."},
  key{.name = "limits.scrape_timeout",
      .at = [](settings& s) -> slot { return &s.limits.scrape_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "Time for the metrics page; later: 503."},
  key{.name = "limits.linger_timeout",
      .at = [](settings& s) -> slot { return &s.limits.linger_timeout; }, .least = 0.1, .most = day,
      .unit = "seconds",
      .hot = true,
      .doc = "Time for a client to read the last answer before its connection is cut."},
  key{.name = "limits.default_max_tokens",
      .at = [](settings& s) -> slot { return &s.limits.default_max_tokens; }, .least = 1, .most = 1e6,
      .unit = "tokens",
      .hot = true,
      .doc = "Length of an answer to a request that names none; the context's end still ends it."},
  key{.name = "limits.prompts", .at = [](settings& s) -> slot { return &s.limits.prompts; }, .least = 1,
      .most = 65536, .unit = "prompts",
      .hot = true,
      .doc = "Prompts of one request to /v1/completions."},
  key{.name = "limits.choices", .at = [](settings& s) -> slot { return &s.limits.choices; }, .least = 1,
      .most = 1024, .unit = "answers",
      .hot = true,
      .doc = "Answers to one prompt (n)."},
  key{.name = "limits.stop_strings", .at = [](settings& s) -> slot { return &s.limits.stop_strings; },
      .most = 1024, .unit = "strings",
      .hot = true,
      .doc = "Stop strings of one request."},
  key{.name = "limits.stop_bytes", .at = [](settings& s) -> slot { return &s.limits.stop_bytes; },
      .least = 1, .most = 64 * kb,
      .hot = true,
      .doc = "Length of one stop string."},
  key{.name = "limits.logit_biases", .at = [](settings& s) -> slot { return &s.limits.logit_biases; },
      .most = 1e6, .unit = "tokens",
      .hot = true,
      .doc = "Entries of logit_bias."},
  key{.name = "limits.top_logprobs", .at = [](settings& s) -> slot { return &s.limits.top_logprobs; },
      .most = 1000, .unit = "tokens",
      .hot = true,
      .doc = "Best tokens that are listed beside each token (top_logprobs, logprobs)."},

  key{.name = "logging.level", .at = [](settings& s) -> slot { return &s.logging.level; },
      .choices = "trace|debug|info|warning|error|off",
      .hot = true,
      .doc = "Least important messages that are logged, to standard error."},
  key{.name = "logging.format", .at = [](settings& s) -> slot { return &s.logging.format; },
      .choices = "auto|plain|json|journal",
      .doc = "plain: text, in colours on a terminal. json: an object a line. journal: to systemd's journal with its fields "
             "(REQUEST_ID, STATUS, ...). auto: journal where standard error is the journal, json in a container without a "
             "terminal, else plain."},
  key{.name = "logging.requests", .at = [](settings& s) -> slot { return &s.logging.requests; },
      .hot = true,
      .doc = "A line (info) for every request that was answered: method, path, status, time, its x-request-id, the traceparent "
             "that it came with, and the name of its API key."},

  key{.name = "runtime.slow_handler_ms",
      .at = [](settings& s) -> slot { return &s.runtime.slow_handler_ms; }, .least = 1, .most = 1e5,
      .unit = "ms",
      .doc = "An actor that works longer than this on one letter is counted as slow."},
  key{.name = "runtime.report_every", .at = [](settings& s) -> slot { return &s.runtime.report_every; },
      .least = 0.001, .most = day, .unit = "seconds",
      .doc = "How often the busiest actors bring the metrics up to date, at most."},
};

struct section_text {
  std::string_view name, about;
};

const std::array sections{
  section_text{"server", "Where the server listens and how it ends."},
  section_text{"model", "What is served."},
  section_text{"cpu", "Computing on the processor."},
  section_text{"gpu", "Computing on a GPU (docs/gpu.md)."},
  section_text{"sampling", "How completions and chat choose tokens where a request does not say."},
  section_text{"scheduling", "How requests share the model."},
  section_text{"warm_up", "What is done before the server says that it is ready."},
  section_text{"cache", "Answers that are given again to who asks the same."},
  section_text{"responses", "What conversations of /v1/responses are remembered by."},
  section_text{"embeddings", "What texts become for /v1/embeddings."},
  section_text{"overload", "What is refused so that the rest is served in time."},
  section_text{"limits", "What one client may ask for and hold. Each has an answer that says which limit was reached."},
  section_text{"logging", "What is written to standard error."},
  section_text{"runtime", "The actors themselves."},
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
