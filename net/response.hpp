/// Responses to bytes: heads, whole bodies, chunks and server-sent events. Pure.
#pragma once

#include "actors/service_mail.hpp"
#include "net/api_error.hpp"
#include "net/load_report.hpp"

#include <string>
#include <string_view>

namespace hawser::net {

/// What every response to one request has in common.
struct reply_frame {
  int version = 11;            ///< of the request
  bool keep_alive = false;     ///< the connection stays open after the response
  bool head_only = false;      ///< the request was HEAD
  std::string request_id;      ///< sent as x-request-id and request-id; empty: not sent
  std::string allow_origin;    ///< Access-Control-Allow-Origin; empty: not sent
  std::string cache_status{};  ///< Cache-Status (RFC 9211); empty: not sent
  error_style errors = error_style::openai;
  bool trailers = false;  ///< the client reads fields behind a stream (TE: trailers, HTTP/1.1)
  std::string fields{};   ///< more header lines, each ended by CRLF
  load_format load_as = load_format::none;
  const actors::load_board* load = nullptr;  ///< read when the head is written; null: not sent
};

struct response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string fields;  ///< more header lines, each ended by CRLF
};

void append_response(std::string& out, const reply_frame& frame, const response& what);
/// As the one who asked reads it, with Retry-After, x-should-retry and Allow where the error has them.
[[nodiscard]] response error_response(const api_error& e, const reply_frame& frame);

/// The head of an event stream: chunked in HTTP/1.1, ended by closing in HTTP/1.0 (the frame must say
/// keep_alive = false).
void append_stream_head(std::string& out, const reply_frame& frame);
/// `bytes` of a stream's body, not empty.
void append_chunk(std::string& out, const reply_frame& frame, std::string_view bytes);
/// `trailer`: header lines that are sent behind it, where the client reads them.
void append_last_chunk(std::string& out, const reply_frame& frame, std::string_view trailer = {});

/// data: <data>, blank line. `data` must be one line and not empty.
void append_event(std::string& out, std::string_view data);
/// A comment that clients skip.
inline constexpr std::string_view stream_comment = ": ping\n\n";

}  // namespace hawser::net
