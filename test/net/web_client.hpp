/// The client's side of WebSockets, byte by byte, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::net::test {

/// A masked frame with the shortest length.
inline std::string client_frame(int opcode, std::string_view payload, bool last = true) {
  constexpr std::string_view mask = "\x12\x34\x56\x78";
  std::string out;
  out += static_cast<char>((last ? 0x80 : 0) | opcode);
  const std::size_t size = payload.size();
  const auto big_endian = [&](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
      out += static_cast<char>((std::uint64_t{size} >> shift) & 0xffu);
  };
  if (size <= 125) {
    out += static_cast<char>(0x80u | size);
  } else if (size <= 0xffff) {
    out += '\xfe';
    big_endian(2);
  } else {
    out += '\xff';
    big_endian(8);
  }
  out += mask;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

struct server_frame {
  int opcode = 0;
  std::string payload;
};

/// The first whole frame of what a server has written, which loses it. Masked ones are none.
inline std::optional<server_frame> take_frame(std::string& bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2 || byte(1) >= 0x80) return std::nullopt;
  const std::size_t extra = byte(1) == 127 ? 8 : byte(1) == 126 ? 2 : 0;
  if (bytes.size() < 2 + extra) return std::nullopt;
  std::size_t size = extra == 0 ? byte(1) : 0;
  for (std::size_t i = 0; i < extra; ++i) size = size * 256 + byte(2 + i);
  if (bytes.size() < 2 + extra + size) return std::nullopt;
  server_frame made{byte(0) & 15, bytes.substr(2 + extra, size)};
  bytes.erase(0, 2 + extra + size);
  return made;
}

/// "GET path" with all that a WebSocket needs.
inline std::string upgrade(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
         "13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(fields) + "\r\n";
}

}  // namespace hawser::net::test
