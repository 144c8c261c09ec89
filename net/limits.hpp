/// What one client may send, hold and wait for. Every limit has an answer that says which one was reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hawser::net {

/// Of one generating request's fields; more: 400.
struct text_limits {
  std::int64_t choices = 8;
  std::size_t stop_strings = 16;
  std::size_t stop_bytes = 256;
  std::size_t logit_biases = 1024;
  std::int64_t top_logprobs = 20;
  std::size_t prompts = 256;
};

/// How completions and chat choose tokens where the request does not say. (POST /predict is greedy.)
struct sampling_defaults {
  float temperature = 1.0f;
  std::int32_t top_k = 0;
  float top_p = 1.0f;
  float min_p = 0.0f;
};

/// Of one WebSocket.
struct web_rules {
  std::size_t frame = 64 * 1024;                 ///< payload bytes of one frame; larger: 1009
  std::size_t message = 1024 * 1024;             ///< of one message, in all its frames; larger: 1009
  std::uint32_t fragments = 128;                 ///< frames of one message; more: 1009
  std::size_t waiting = 8;                       ///< whole messages that are read ahead
  std::chrono::milliseconds ping_every{20'000};  ///< when nothing was heard; 0: never
  std::chrono::milliseconds dead_after{40'000};  ///< nothing was heard, no pong either: 1001; 0: never
};

struct http_limits {
  using time = std::chrono::milliseconds;

  std::size_t request_line = 8 * 1024;      ///< longer: 414
  std::size_t header_bytes = 16 * 1024;     ///< request line and fields; larger: 431
  std::size_t header_count = 100;           ///< more: 431
  std::size_t chunk_extension = 256;        ///< bytes at one chunk; more: 400
  std::size_t chunk_extensions = 4 * 1024;  ///< bytes in one body; more: 400
  std::size_t body = 4 * 1024 * 1024;       ///< larger: 413
  std::size_t inline_body = 64 * 1024;      ///< larger bodies are parsed off the event loop
  std::size_t json_depth = 64;              ///< deeper: 400
  std::size_t json_keys = 10'000;           ///< of one object; more: 400

  text_limits text;
  web_rules web;

  time header_time{10'000};                  ///< for a whole header; slower: 408
  time body_time{30'000};                    ///< for a whole body, and 1 s more for each 64 KB; slower: 408
  time body_rate_window{10'000};             ///< over which the rate is looked at
  std::size_t body_rate = 1024;              ///< bytes a second, at least; slower: 408
  time keep_alive{75'000};                   ///< an idle connection is closed then
  std::uint32_t keep_alive_requests = 1000;  ///< on one connection
  std::size_t pipelined = 64 * 1024;         ///< bytes of later requests that are read while one is answered

  std::size_t unread_output =
      256 * 1024;  ///< of one connection; a full one has slow_reader_time to become less
  std::size_t unread_total =
      64 * 1024 * 1024;  ///< of all connections; beyond, those that hold most are closed
  time slow_reader_time{10'000};
  time stalled_time{75'000};   ///< output of which nothing at all is read for this long: closed
  time stream_ping{15'000};    ///< a silent event stream gets a comment; 0: never
  time request_time{600'000};  ///< from a request's arrival to the end of its answer
  time scrape_time{2'000};     ///< for the metrics page
  time linger_time{2'000};     ///< for the client to read the last answer before the socket goes

  std::uint32_t connections = 10'240;       ///< more: 503, but for probes
  std::uint32_t reserved_connections = 16;  ///< beyond `connections`, for /health, /ready and /metrics only
  std::uint32_t connections_per_address = 64;  ///< 0: no limit; loopback is exempt
  int backlog = 4096;                          ///< connections that the system holds until they are accepted
  std::uint32_t session_mailbox = 1024;        ///< pieces of answers that wait for a connection's turn
  int send_buffer = 128 * 1024;                ///< of the system, beside unread_output
};

}  // namespace hawser::net
