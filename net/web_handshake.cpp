#include "net/web_handshake.hpp"

#include "net/sha1.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace hawser::net {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Is `word` (lower case) one of a field's comma-separated values?
bool has_word(const http_request& request, std::string_view field, std::string_view word) noexcept {
  for (const header_field& one : request.fields) {
    if (one.name != field) continue;
    std::string_view rest = one.value;
    for (;;) {
      const std::size_t comma = rest.find(',');
      std::string_view item = rest.substr(0, comma);
      while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
      while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
      if (std::ranges::equal(item, word, {}, lower)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(const std::array<std::uint8_t, 20>& bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = i; k < i + 3; ++k) three = (three << 8u) | (k < bytes.size() ? bytes[k] : 0u);
    for (int shift = 18; shift >= 0; shift -= 6) out += letters[(three >> shift) & 63u];
  }
  out.back() = '=';  // 20 bytes are six threes and two
  return out;
}

/// 16 bytes in base64: 22 letters and "==".
bool is_key(std::string_view key) noexcept {
  constexpr std::size_t size = 24;
  if (key.size() != size || !key.ends_with("==")) return false;
  return std::ranges::all_of(key.substr(0, size - 2),
                             [](char c) { return letters.find(c) != std::string_view::npos; });
}

api_error not_upgraded(int status, std::string message) {
  api_error e = bad_field({}, std::move(message));
  e.status = status;
  return e;
}

}  // namespace

bool wants_web_socket(const http_request& request) noexcept {
  return has_word(request, "upgrade", "websocket") && has_word(request, "connection", "upgrade");
}

std::string accept_of_key(std::string_view key) {
  return base64(sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

outcome<std::string> judge_handshake(const http_request& request, const origin_policy& origins) {
  if (!wants_web_socket(request) || request.version < 11)
    return not_upgraded(426, "a WebSocket answers here: ask for one (HTTP/1.1, Upgrade: websocket)");
  if (request.method != "GET") {
    api_error e = not_upgraded(405, "a WebSocket begins with GET, not " + request.method);
    e.code = "method_not_allowed";
    e.allow = "GET";
    return e;
  }
  if (!judge_origin(origins, request).allowed) {
    api_error e = not_upgraded(403, "pages of this origin may not use this server");
    e.type = "permission_error";
    e.code = "origin_not_allowed";
    return e;
  }
  const std::string* const version = request.find("sec-websocket-version");
  if (version == nullptr || *version != "13")
    return not_upgraded(426, "only version 13 of WebSockets is spoken here");
  const std::string* const key = request.find("sec-websocket-key");
  const auto keys = std::ranges::count(request.fields, "sec-websocket-key", &header_field::name);
  if (key == nullptr || keys != 1 || !is_key(*key))
    return bad_field({}, "Sec-WebSocket-Key: expected 16 bytes in base64, once");
  if (request.has_body) return bad_field({}, "a request for a WebSocket has no body");
  return accept_of_key(*key);
}

void append_switch(std::string& out, const reply_frame& frame, std::string_view accept) {
  out += "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Accept: ";
  out += accept;
  out += "\r\nx-request-id: " + frame.request_id + "\r\n\r\n";
}

}  // namespace hawser::net
