#include <boost/test/unit_test.hpp>

#include "simulation/response_reader.hpp"

#include <string>

namespace hawser::simulation {
namespace {

std::string broken(std::string_view bytes) {
  response_reader reader;
  reader.add(bytes);
  (void)reader.next(false);
  return reader.broken();
}

BOOST_AUTO_TEST_SUITE(response_readers)

BOOST_AUTO_TEST_CASE(responses_are_read_however_they_come) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    response_reader reader;
    std::string seen;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(std::string_view(bytes).substr(at, piece));
      while (const auto got = reader.next(false))
        seen += std::to_string(got->status) + got->body + (got->closes ? "." : ";");
    }
    BOOST_TEST(reader.broken() == "");
    BOOST_TEST(!reader.begun());
    BOOST_TEST(seen == "200hi;200abc0123456789abcdef;503x.");
  }
}

BOOST_AUTO_TEST_CASE(heads_have_no_body_and_old_streams_end_with_the_connection) {
  response_reader reader;
  reader.add("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata");
  BOOST_TEST(reader.next(true)->body == "");
  BOOST_TEST(!reader.next(false));
  reader.end();
  BOOST_TEST(reader.next(false)->body == "data");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_said) {
  BOOST_TEST(broken("HTTP/1.0 200 OK\r\n\r\n") == "a malformed status line");
  BOOST_TEST(broken("HTTP/1.1 700 OK\r\nContent-Length: 0\r\n\r\n") == "a status that is none");
  BOOST_TEST(broken("HTTP/1.1 200 OK\r\nA:b\r\n\r\n") == "a malformed field");
  BOOST_TEST(broken("HTTP/1.1 200 OK\r\nA: b\r\na: c\r\n\r\n") == "a field that comes twice");
  BOOST_TEST(broken("HTTP/1.1 200 OK\r\n\r\n") == "a body without a length on a connection that stays open");
  BOOST_TEST(broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n") ==
             "a chunk that does not end where it says");
  BOOST_TEST(broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n") ==
             "a length and a transfer coding");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::simulation
