#include "net/request_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {
namespace {

http_limits small_limits() {
  http_limits limits;
  limits.body = 1000;
  return limits;
}

/// What became of a connection's bytes: statuses of refusals, 200 for a whole request, 0 for one that is not
/// whole yet.
struct reading {
  std::vector<int> verdicts;
  std::vector<http_request> requests;
  std::string why;
};

reading read(std::string_view bytes, std::size_t piece, const http_limits& limits = small_limits()) {
  using step = request_reader::step;
  reading made;
  request_reader reader(limits);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.add(bytes.substr(at, piece));
    for (step s = reader.next(); s != step::more; s = reader.next()) {
      if (s == step::refused) {
        made.verdicts.push_back(reader.why().status);
        made.why = reader.why().message;
        return made;
      }
      if (s == step::whole) {
        made.verdicts.push_back(200);
        made.requests.push_back(reader.take());
      }
    }
  }
  if (reader.begun()) made.verdicts.push_back(0);
  return made;
}

struct vector {
  std::string bytes;
  std::vector<int> expected;
};

const std::string host = "Host: a\r\n";

std::vector<vector> vectors() {
  const std::string get = "GET / HTTP/1.1\r\n" + host;
  const std::string put = "POST / HTTP/1.1\r\n" + host;
  const std::string chunked = put + "Transfer-Encoding: chunked\r\n\r\n";
  const auto repeat = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  return {
      // Well formed.
      {get + "\r\n", {200}},
      {"\r\n" + get + "\r\n", {200}},
      {get + "\r\n" + get + "\r\n", {200, 200}},
      {"GET / HTTP/1.0\r\n\r\n", {200}},
      {"GET http://a/x?y=z HTTP/1.1\r\n" + host + "\r\n", {200}},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", {200}},
      {put + "Content-Length: 3\r\n\r\nabc", {200}},
      {put + "Content-Length: 0\r\n\r\n", {200}},
      {put + "\r\n", {200}},
      {chunked + "3\r\nabc\r\n0\r\n\r\n", {200}},
      {chunked + "3;name=value;q=\"x y\"\r\nabc\r\n0\r\n\r\n", {200}},
      {chunked + "00003\r\nabc\r\n000\r\n\r\n", {200}},
      {chunked + "A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", {200}},
      {chunked + "3\r\nabc\r\n0\r\n\r\n" + get + "\r\n", {200, 200}},
      {get + "X:\r\nY: \t a \xC3\xA4 b\t\r\n\r\n", {200}},
      {put + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx", {200}},
      // Not whole.
      {"GET", {0}},
      {get, {0}},
      {put + "Content-Length: 3\r\n\r\nab", {0}},
      {chunked + "3\r\nabc\r\n0\r\n", {0}},
      // The request line.
      {"get / HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"Get / HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET  / HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET / HTTP/1.1 \r\n" + host + "\r\n", {400}},
      {"GET /a b HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET /\r\n" + host + "\r\n", {400}},
      {"GET\t/ HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET x HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET /\xC3\xA4 HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET /#f HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET * HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"CONNECT a:80 HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"G(T / HTTP/1.1\r\n" + host + "\r\n", {400}},
      {"GET / http/1.1\r\n" + host + "\r\n", {400}},
      {"GET / HTTP/1.11\r\n" + host + "\r\n", {400}},
      {"GET / HTTP/2.0\r\n" + host + "\r\n", {505}},
      {"GET / HTTP/0.9\r\n" + host + "\r\n", {505}},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}},
      {"\x16\x03\x01\x02", {400}},
      {"\r\n\r\n\r\n" + get + "\r\n", {400}},
      {"GET /" + std::string(8 * 1024, 'a') + " HTTP/1.1\r\n" + host + "\r\n", {414}},
      {"GET /" + std::string(20 * 1024, 'a'), {414}},
      // Fields.
      {"GET / HTTP/1.1\r\n\r\n", {400}},
      {"GET / HTTP/1.1\r\n" + host + host + "\r\n", {400}},
      {"GET / HTTP/1.0\r\n" + host + host + "\r\n", {400}},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", {400}},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", {400}},
      {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", {400}},
      {get + " folded\r\n\r\n", {400}},
      {get + "X: a\r\n\tfolded\r\n\r\n", {400}},
      {get + "X : a\r\n\r\n", {400}},
      {get + ": a\r\n\r\n", {400}},
      {get + "X a\r\n\r\n", {400}},
      {get + "X\xC3\xA4: a\r\n\r\n", {400}},
      {get + std::string("X: a\0b\r\n\r\n", 10), {400}},
      {get + "X: a\x01\r\n\r\n", {400}},
      {get + "X: a\x7F\r\n\r\n", {400}},
      {get + "X: a\rb\r\n\r\n", {400}},
      {get + "X: a\n\r\n", {400}},
      {"GET / HTTP/1.1\nHost: a\n\n", {400}},
      {get + repeat("X: a\r\n", 99) + "\r\n", {200}},
      {get + repeat("X: a\r\n", 100) + "\r\n", {431}},
      {get + "X: " + std::string(17 * 1024, 'a'), {431}},
      // How long the body is.
      {put + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", {400}},
      {put + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", {400}},
      {put + "Content-Length: 3, 3\r\n\r\nabc", {400}},
      {put + "Content-Length: +3\r\n\r\nabc", {400}},
      {put + "Content-Length: -3\r\n\r\nabc", {400}},
      {put + "Content-Length: 3x\r\n\r\nabc", {400}},
      {put + "Content-Length:\r\n\r\nabc", {400}},
      {put + "Content-Length: 99999999999999999999\r\n\r\n", {400}},
      {put + "Content-Length: 1001\r\n\r\n", {413}},
      {put + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}},
      {put + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", {400}},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}},
      {put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", {501}},
      {put + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", {501}},
      {put + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}},
      {put + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {501}},
      {put + "Transfer-Encoding: identity\r\n\r\n", {501}},
      {put + "Expect: a-pony\r\nContent-Length: 1\r\n\r\nx", {417}},
      // Chunks.
      {chunked + "g\r\n", {400}},
      {chunked + "-1\r\nabc\r\n", {400}},
      {chunked + "0x3\r\nabc\r\n0\r\n\r\n", {400}},
      {chunked + "3\r\nabcd\r\n0\r\n\r\n", {400}},
      {chunked + "3\nabc\n0\n\n", {400}},
      {chunked + "\r\n", {400}},
      {chunked + "ffffffffffffffffff\r\n", {400}},
      {chunked + "ffffffffffffffff\r\n", {413}},
      {chunked + "3e9\r\n", {413}},
      {chunked + "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n", {413}},
      {chunked + "1;" + std::string(300, 'a') + "\r\nx\r\n0\r\n\r\n", {400}},
      {chunked + repeat("1;" + std::string(200, 'a') + "\r\nx\r\n", 30) + "0\r\n\r\n", {400}},
      {chunked + "1;" + std::string(20000, 'a'), {400}},
      {chunked + "1 \r\nx\r\n0\r\n\r\n", {400}},
      {chunked + "1;a\nx\r\n0\r\n\r\n", {400}},
      {chunked + "0\r\n folded: x\r\n\r\n", {400}},
      {chunked + "0\r\nno colon\r\n\r\n", {400}},
      {chunked + "0\r\nT: x\n\r\n", {400}},
      {chunked + "00000000000000000\r\n\r\n", {400}},
      {chunked + "0\r\n" + repeat("T: a\r\n", 101) + "\r\n", {431}},
      {chunked + "0\r\nT: " + std::string(20000, 'a'), {431}},
  };
}

BOOST_AUTO_TEST_SUITE(http_vectors)

BOOST_AUTO_TEST_CASE(each_has_its_status_whole_and_byte_by_byte) {
  for (const vector& v : vectors()) {
    for (const std::size_t piece : {v.bytes.size(), std::size_t{1}, std::size_t{7}}) {
      const reading got = read(v.bytes, piece);
      BOOST_TEST_INFO("in pieces of " << piece << ": " << v.bytes.substr(0, 120) << " -> " << got.why);
      BOOST_TEST(got.verdicts == v.expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(requests_come_out_as_they_went_in) {
  const std::string bytes =
      "POST /a?b HTTP/1.1\r\nHost: x:1\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4\r\nab\r\n\r\n2\r\ncd\r\n0\r\nT: 1\r\n\r\nGET /next HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const reading got = read(bytes, piece);
    BOOST_TEST_REQUIRE(got.requests.size() == 2u);
    BOOST_TEST(got.requests[0].method == "POST");
    BOOST_TEST(got.requests[0].target == "/a?b");
    BOOST_TEST(*got.requests[0].find("x-one") == "1");
    BOOST_TEST((got.requests[0].find("t") == nullptr));
    BOOST_TEST(got.requests[0].body == "ab\r\ncd");
    BOOST_TEST(got.requests[1].version == 10);
    BOOST_TEST(got.requests[1].keep_alive);
    BOOST_TEST(got.requests[1].body.empty());
  }
}

BOOST_AUTO_TEST_CASE(keep_alive_follows_version_and_connection) {
  const auto keeps = [](std::string_view head) {
    return read(std::string(head) + "\r\n", 1000).requests.at(0).keep_alive;
  };
  BOOST_TEST(keeps("GET / HTTP/1.1\r\nHost: a\r\n"));
  BOOST_TEST(!keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"));
  BOOST_TEST(!keeps("GET / HTTP/1.0\r\n"));
  BOOST_TEST(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n"));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_stays_refused) {
  const http_limits limits;
  request_reader strict(limits);
  strict.add("get / HTTP/1.1\r\n");
  BOOST_TEST((strict.next() == request_reader::step::refused));
  strict.add("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST((strict.next() == request_reader::step::refused));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
