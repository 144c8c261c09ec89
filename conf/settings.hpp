/// Everything that can be configured. The defaults are the initializers here; names, ranges and documentation
/// stand in key_table.cpp, and a test holds the two together.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hawser::conf {

/// A number of bytes. In text: 4096, "16 KB", "4 MB", "1 GB" (powers of 1024).
struct byte_count {
  std::uint64_t value = 0;

  friend bool operator==(const byte_count&, const byte_count&) = default;
};

inline constexpr std::uint64_t kilobyte = 1024;
inline constexpr std::uint64_t megabyte = 1024 * kilobyte;
inline constexpr std::uint64_t gigabyte = 1024 * megabyte;

using seconds_count = std::chrono::milliseconds;
using text_list = std::vector<std::string>;

struct server_settings {
  std::string host = "127.0.0.1";
  std::int64_t port = 8000;
  std::int64_t threads = 2;
  seconds_count drain_timeout{25'000};
  text_list hosts;
  text_list origins;
  bool loopback_origins = true;
  text_list trusted_proxies;
  std::string keys;
  bool open_metrics = false;
  bool old_metric_names = false;
  std::string load_report = "asked";
  std::string certificate;
  std::string private_key;
};

struct model_settings {
  std::string path;
  std::string name;
  std::int64_t context = 0;
  byte_count kv_memory{gigabyte};
};

struct gpu_settings {
  std::string device = "auto";
  double memory = 0.9;
};

struct cpu_settings {
  std::int64_t threads = 0;
  std::string kernels = "auto";
  std::int64_t page_tokens = 32;
  std::string kv = "bf16";
  std::string affinity = "auto";
  std::string numa = "auto";
};

struct sampling_settings {
  double temperature = 0.8;
  std::int64_t top_k = 40;
  double top_p = 0.95;
  double min_p = 0.05;
};

struct scheduling_settings {
  std::int64_t seats = 64;
  std::int64_t step_tokens = 512;
  seconds_count step_time{100};
  std::int64_t chunk_beside_decodes = 256;
  std::int64_t expected_answer = 256;
  bool prefix_cache = true;
  double prefix_share = 0.25;
  bool share_prefixes = false;
  std::int64_t queued_requests = 512;
  std::int64_t requests = 4096;
  std::int64_t queued_tokens = 4'194'304;
  std::int64_t tokenizer_queue = 256;
  seconds_count ageing{50'000};
  seconds_count step_deadline{60'000};
  seconds_count warm_up_deadline{600'000};
  std::int64_t restarts = 5;
  seconds_count restart_window{60'000};
};

struct warm_up_settings {
  std::int64_t rehearsal_tokens = 256;
  text_list prompts;
  text_list system_prompts;
};

struct cache_settings {
  byte_count memory{64 * megabyte};
  byte_count largest{256 * kilobyte};
  seconds_count time_to_live{3'600'000};
  std::string redis;
  std::string redis_secret;
  seconds_count redis_timeout{50};
};

struct response_settings {
  byte_count memory{32 * megabyte};
  std::int64_t count = 4096;
};

struct embedding_settings {
  std::string pooling = "mean";
};

struct overload_settings {
  bool throttle = true;
  seconds_count interactive_target{500};
  seconds_count standard_target{5'000};
  seconds_count token_target{250};
  double shed_batch = 0.80;
  double shed_standard = 0.90;
  double shed_all = 0.98;
  double shed_hysteresis = 0.05;
  double kv_share = 0.95;
};

struct limit_settings {
  byte_count request_line{8 * kilobyte};
  byte_count header_bytes{16 * kilobyte};
  std::int64_t header_count = 100;
  byte_count chunk_extension{256};
  byte_count chunk_extensions{4 * kilobyte};
  byte_count body{4 * megabyte};
  byte_count inline_body{64 * kilobyte};
  std::int64_t json_depth = 64;
  std::int64_t json_keys = 10'000;
  seconds_count header_timeout{10'000};
  seconds_count body_timeout{30'000};
  byte_count body_rate{kilobyte};
  seconds_count body_rate_window{10'000};
  seconds_count keep_alive{75'000};
  std::int64_t keep_alive_requests = 1000;
  byte_count pipelined{64 * kilobyte};
  std::int64_t connections = 10'240;
  std::int64_t reserved_connections = 16;
  std::int64_t connections_per_address = 64;
  std::int64_t backlog = 4096;
  std::int64_t session_mailbox = 1024;
  byte_count send_buffer{128 * kilobyte};
  byte_count unread_output{256 * kilobyte};
  byte_count unread_total{64 * megabyte};
  seconds_count slow_reader_timeout{10'000};
  seconds_count stalled_timeout{75'000};
  seconds_count stream_ping{15'000};
  byte_count websocket_frame{64 * kilobyte};
  byte_count websocket_message{megabyte};
  std::int64_t websocket_fragments = 128;
  std::int64_t websocket_requests = 8;
  seconds_count websocket_ping{20'000};
  seconds_count websocket_timeout{40'000};
  seconds_count scrape_timeout{2'000};
  seconds_count linger_timeout{2'000};
  std::int64_t default_max_tokens = 4096;
  std::int64_t prompts = 256;
  std::int64_t choices = 8;
  std::int64_t stop_strings = 16;
  byte_count stop_bytes{256};
  std::int64_t logit_biases = 1024;
  std::int64_t top_logprobs = 20;
};

struct logging_settings {
  std::string level = "info";
  std::string format = "auto";
  bool requests = false;
};

struct runtime_settings {
  std::int64_t slow_handler_ms = 10;
  seconds_count report_every{100};
};

/// One [[extension]] of the file: a shared library.
struct extension_settings {
  std::string path;
  std::string name;                                          ///< empty: after its file
  seconds_count deadline{200};                               ///< for its verdict on a request
  bool required = false;                                     ///< without its verdict a request is refused
  std::vector<std::pair<std::string, std::string>> options;  ///< for the extension itself
};

struct settings {
  std::int64_t max_concurrency = 0;
  byte_count memory_limit{0};
  std::int64_t chunk_threshold = 4000;
  seconds_count http_timeout{600'000};
  seconds_count gc_interval{1'000};

  server_settings server;
  model_settings model;
  cpu_settings cpu;
  gpu_settings gpu;
  sampling_settings sampling;
  scheduling_settings scheduling;
  warm_up_settings warm_up;
  cache_settings cache;
  response_settings responses;
  embedding_settings embeddings;
  overload_settings overload;
  limit_settings limits;
  logging_settings logging;
  runtime_settings runtime;
  std::vector<extension_settings> extensions;  ///< in the order of the file
};

}  // namespace hawser::conf
