#include "net/response.hpp"

#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hawser::net {
namespace {

void append_head(std::string& out, const reply_frame& frame, int status) {
  out += "HTTP/1.1 ";
  append_integer(out, status);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
  if (!frame.request_id.empty()) {
    for (const std::string_view name : {"x-request-id: ", "request-id: "}) {
      out += name;
      out += frame.request_id;
      out += "\r\n";
    }
  }
  if (!frame.allow_origin.empty()) {
    out += "Access-Control-Allow-Origin: ";
    out += frame.allow_origin;
    out += "\r\nAccess-Control-Expose-Headers: x-request-id, request-id, retry-after, server-timing, "
           "cache-status, x-should-retry, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, "
           "x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, "
           "x-ratelimit-reset-tokens\r\n";
  }
  if (!frame.cache_status.empty()) out += "Cache-Status: " + frame.cache_status + "\r\n";
  out += frame.fields;
  if (frame.load != nullptr) out += load_field(frame.load_as, frame.load->read());
  // Whether a page may read the answer depends on who asks.
  if (frame.allow_origin != "*") out += "Vary: Origin\r\n";
  if (!frame.keep_alive) {
    out += "Connection: close\r\n";
  } else if (frame.version < 11) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

void append_response(std::string& out, const reply_frame& frame, const response& what) {
  append_head(out, frame, what.status);
  out += what.fields;
  if (what.status != 204) {
    out += "Content-Type: ";
    out += what.type;
    out += "\r\nContent-Length: ";
    append_integer(out, what.body.size());
    out += "\r\n";
  }
  out += "\r\n";
  if (!frame.head_only && what.status != 204) out += what.body;
}

response error_response(const api_error& e, const reply_frame& frame) {
  response made;
  made.status = status_of(e, frame.errors);
  made.body = error_body(e, frame.errors, frame.request_id);
  if (e.retry_after.count() > 0) {
    // Whole seconds, rounded up; above 120 s OpenAI's clients do not retry at all.
    const auto seconds =
        std::clamp<std::chrono::milliseconds::rep>((e.retry_after.count() + 999) / 1000, 1, 120);
    made.fields += "Retry-After: " + std::to_string(seconds) + "\r\n";
  }
  if (e.should_retry)
    made.fields += *e.should_retry ? "x-should-retry: true\r\n" : "x-should-retry: false\r\n";
  if (e.status == 401) made.fields += "WWW-Authenticate: Bearer\r\n";
  if (e.status == 426)
    made.fields += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  if (!e.allow.empty()) made.fields += "Allow: " + e.allow + "\r\n";
  return made;
}

void append_stream_head(std::string& out, const reply_frame& frame) {
  append_head(out, frame, 200);
  out += "Content-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\nX-Accel-Buffering: "
         "no\r\n";
  if (frame.version >= 11) out += "Transfer-Encoding: chunked\r\n";
  out += "\r\n";
}

void append_chunk(std::string& out, const reply_frame& frame, std::string_view bytes) {
  if (frame.version < 11) {
    out += bytes;
    return;
  }
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  out.reserve(out.size() + size.size() + bytes.size());
  out.append(size.data(), end);
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

void append_last_chunk(std::string& out, const reply_frame& frame, std::string_view trailer) {
  if (frame.version < 11) return;
  out += "0\r\n";
  if (frame.trailers) out += trailer;
  out += "\r\n";
}

void append_event(std::string& out, std::string_view data) {
  out += "data: ";
  out += data;
  out += "\n\n";
}

}  // namespace hawser::net
