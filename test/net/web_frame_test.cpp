#include "net/sha1.hpp"
#include "net/web_frame.hpp"
#include "net/web_handshake.hpp"

#include <boost/test/unit_test.hpp>

#include "web_client.hpp"

#include <string>
#include <vector>

namespace hawser::net::test {
namespace {

using step = web_frame_reader::step;

std::string hex(const auto& bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[byte >> 4u];
    out += digits[byte & 15u];
  }
  return out;
}

/// All that a reader says to some bytes, in short: "message(text hello)", "close 1000 bye", ...
std::string said(const std::string& bytes, const web_rules& rules = {}, std::size_t piece = 0) {
  web_frame_reader reader(rules);
  std::string out;
  for (std::size_t at = 0; at < bytes.size() || at == 0;) {
    const std::size_t size = piece == 0 ? bytes.size() : piece;
    reader.add(std::string_view(bytes).substr(at, size));
    at += std::max<std::size_t>(size, 1);
    for (;;) {
      const step now = reader.next();
      if (now == step::more) break;
      out += out.empty() ? "" : ", ";
      if (now == step::message) {
        const web_message m = reader.take();
        out += (m.text ? "text " : "binary ") + m.data;
      }
      if (now == step::ping) out += "ping " + reader.take().data;
      if (now == step::pong) out += "pong";
      if (now == step::close)
        out += "close " + std::to_string(static_cast<int>(reader.code())) + " " + reader.why();
      if (now == step::refused) return out + "refused " + std::to_string(static_cast<int>(reader.code()));
    }
  }
  return out;
}

BOOST_AUTO_TEST_SUITE(web_frames)

BOOST_AUTO_TEST_CASE(sha1_is_what_the_standard_says) {
  BOOST_TEST(hex(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  BOOST_TEST(hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  BOOST_TEST(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
             "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  BOOST_TEST(hex(sha1(std::string(1'000'000, 'a'))) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

BOOST_AUTO_TEST_CASE(the_handshake_answers_the_key_of_the_standard) {
  BOOST_TEST(accept_of_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

BOOST_AUTO_TEST_CASE(frames_become_messages) {
  const struct {
    std::string bytes, says;
  } cases[] = {
      {client_frame(1, "hello"), "text hello"},
      {client_frame(2, "\xff\xfe"), "binary \xff\xfe"},
      {client_frame(1, ""), "text "},
      {client_frame(1, "a", false) + client_frame(0, "b", false) + client_frame(0, "c"), "text abc"},
      {client_frame(1, "a", false) + client_frame(9, "now") + client_frame(0, "b"), "ping now, text ab"},
      {client_frame(1, "", false) + client_frame(0, ""), "text "},
      {client_frame(10, "x") + client_frame(9, ""), "pong, ping "},
      {client_frame(1, std::string(126, 'x')), "text " + std::string(126, 'x')},
      {client_frame(1, std::string(65536, 'y')), "text " + std::string(65536, 'y')},
      {client_frame(1, "\xe2\x82", false) + client_frame(0, "\xac"), "text \xe2\x82\xac"},
      {client_frame(8, ""), "close 1005 "},
      {client_frame(8, std::string("\x03\xe8", 2) + "bye"), "close 1000 bye"},
      {client_frame(8, std::string("\x0f\xa0", 2)), "close 4000 "},
      {client_frame(1, "one") + client_frame(1, "two"), "text one, text two"},
  };
  for (const auto& each : cases) {
    for (const std::size_t piece : {std::size_t{0}, std::size_t{1}, std::size_t{7}})
      BOOST_TEST(said(each.bytes, {}, piece) == each.says);
  }
}

BOOST_AUTO_TEST_CASE(what_breaks_the_rules_is_refused_as_soon_as_it_is_seen) {
  std::string unmasked = client_frame(1, "x");
  unmasked[1] = static_cast<char>(unmasked[1] & 0x7f);
  const struct {
    std::string what, bytes, says;
  } cases[] = {
      {"reserved bit", "\xc1\x80", "refused 1002"},
      {"unknown data frame", "\x83\x80", "refused 1002"},
      {"unknown control frame", "\x8b\x80", "refused 1002"},
      {"no mask", unmasked.substr(0, 2), "refused 1002"},
      {"fragmented ping", std::string("\x09\x80", 2), "refused 1002"},
      {"long ping", client_frame(9, std::string(126, 'x')).substr(0, 4), "refused 1002"},
      {"nothing to continue", std::string("\x80\x80", 2), "refused 1002"},
      {"two beginnings", client_frame(1, "a", false) + "\x81\x80", "refused 1002"},
      {"length not the shortest", std::string("\x81\xfe\x00\x7d", 4), "refused 1002"},
      {"length of 64 bits", std::string("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", 10), "refused 1002"},
      {"not UTF-8, before its end", client_frame(1, "ab\xff" + std::string(50, 'x')).substr(0, 9),
       "refused 1007"},
      {"a surrogate", client_frame(1, "\xed\xa0\x80"), "refused 1007"},
      {"overlong", client_frame(1, "\xc0\xaf"), "refused 1007"},
      {"above Unicode", client_frame(1, "\xf4\x90\x80\x80"), "refused 1007"},
      {"half a character", client_frame(1, "\xe2\x82"), "refused 1007"},
      {"close of one byte", client_frame(8, "x"), "refused 1002"},
      {"close 1005", client_frame(8, std::string("\x03\xed", 2)), "refused 1002"},
      {"close 999", client_frame(8, std::string("\x03\xe7", 2)), "refused 1002"},
      {"close 5000", client_frame(8, std::string("\x13\x88", 2)), "refused 1002"},
      {"close with bad UTF-8", client_frame(8, std::string("\x03\xe8\xff", 3)), "refused 1007"},
      {"after a refusal nothing counts", std::string("\xc1\x80", 2) + client_frame(1, "x"), "refused 1002"},
  };
  for (const auto& each : cases) {
    BOOST_TEST_CONTEXT(each.what) {
      BOOST_TEST(said(each.bytes) == each.says);
      BOOST_TEST(said(each.bytes, {}, 1) == each.says);
    }
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_bounded_before_the_bytes_come) {
  web_rules rules;
  rules.frame = 200;
  rules.message = 300;
  rules.fragments = 3;
  BOOST_TEST(said(client_frame(2, std::string(200, 'x')), rules) == "binary " + std::string(200, 'x'));
  BOOST_TEST(said(client_frame(2, std::string(201, 'x')).substr(0, 4), rules) == "refused 1009");
  const std::string half = client_frame(2, std::string(200, 'x'), false);
  BOOST_TEST(said(half + client_frame(0, std::string(100, 'x')), rules) == "binary " + std::string(300, 'x'));
  BOOST_TEST(said(half + client_frame(0, std::string(101, 'x')).substr(0, 2), rules) == "refused 1009");
  const std::string begin = client_frame(1, "a", false), middle = client_frame(0, "b", false);
  BOOST_TEST(said(begin + middle + client_frame(0, "c"), rules) == "text abc");
  BOOST_TEST(said(begin + middle + middle + client_frame(0, "c"), rules) == "refused 1009");
}

BOOST_AUTO_TEST_CASE(what_a_server_writes_is_read_by_clients) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    std::string bytes;
    append_message(bytes, {std::string(size, 'x'), size % 2 == 0});
    const auto read = take_frame(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->opcode == (size % 2 == 0 ? 1 : 2));
    BOOST_TEST(read->payload == std::string(size, 'x'));
    BOOST_TEST(bytes.empty());
  }
  std::string bytes;
  // 121 bytes and a character of three: it does not fit, and is not cut.
  append_close(bytes, web_close::policy, std::string(121, 'x') + "\xe2\x82\xac");
  BOOST_TEST(take_frame(bytes)->payload == std::string("\x03\xf0", 2) + std::string(121, 'x'));
  append_close(bytes, web_close::no_code, "ignored");
  BOOST_TEST(take_frame(bytes)->payload.empty());
}

BOOST_AUTO_TEST_CASE(a_handshake_is_judged) {
  const auto asked = [](std::vector<header_field> without, std::vector<header_field> with,
                        std::string method = "GET", int version = 11) {
    http_request made;
    made.method = std::move(method);
    made.version = version;
    made.fields = {{"host", "here:8000"},
                   {"upgrade", "WebSocket"},
                   {"connection", "keep-alive, Upgrade"},
                   {"sec-websocket-version", "13"},
                   {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    for (const header_field& gone : without)
      std::erase_if(made.fields, [&](const header_field& f) { return f.name == gone.name; });
    for (header_field& more : with) made.fields.push_back(std::move(more));
    const auto judged = judge_handshake(made, {});
    return judged ? 101 : judged.error().status;
  };
  BOOST_TEST(asked({}, {}) == 101);
  BOOST_TEST(asked({{"upgrade", ""}}, {}) == 426);
  BOOST_TEST(asked({{"upgrade", ""}}, {{"upgrade", "h2c, websocket"}}) == 101);
  BOOST_TEST(asked({{"connection", ""}}, {{"connection", "close"}}) == 426);
  BOOST_TEST(asked({{"sec-websocket-version", ""}}, {{"sec-websocket-version", "8"}}) == 426);
  BOOST_TEST(asked({{"sec-websocket-version", ""}}, {}) == 426);
  BOOST_TEST(asked({{"sec-websocket-key", ""}}, {}) == 400);
  BOOST_TEST(asked({{"sec-websocket-key", ""}}, {{"sec-websocket-key", "short=="}}) == 400);
  BOOST_TEST(asked({}, {{"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}}) == 400);
  BOOST_TEST(asked({}, {{"origin", "https://elsewhere.example"}}) == 403);
  BOOST_TEST(asked({}, {{"origin", "http://localhost:3000"}}) == 101);
  BOOST_TEST(asked({}, {{"sec-websocket-extensions", "permessage-deflate"}}) == 101);
  BOOST_TEST(asked({}, {}, "POST") == 405);
  BOOST_TEST(asked({}, {}, "GET", 10) == 426);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
