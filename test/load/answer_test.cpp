#include "cli/load/answer_watch.hpp"
#include "cli/load/frame_scan.hpp"
#include "cli/load/sse_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace hawser::load {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
  sse_splitter s;
  std::vector<std::string> got;
  for (const std::string& piece : pieces)
    BOOST_TEST(s.feed(piece, [&](std::string_view data) { got.emplace_back(data); }));
  return got;
}

/// What becomes of these bytes, fed in pieces of `step` bytes one millisecond apart.
outcome watched(const std::string& bytes, std::size_t step, bool closes = false,
                std::string* text = nullptr) {
  answer_watch watch;
  histogram gaps;
  outcome made;
  watch.begin(text != nullptr, gaps);
  std::chrono::nanoseconds now{};
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    now += milliseconds(1);
    if (watch.feed(std::string_view(bytes).substr(at, step), now, made) == answer_watch::verdict::over) {
      if (text != nullptr) *text = watch.text();
      return made;
    }
  }
  if (closes) watch.at_end(now, made);
  if (text != nullptr) *text = watch.text();
  return made;
}

std::string chunked(const std::string& body) {
  constexpr const char* digits = "0123456789abcdef";
  std::string size;
  for (std::size_t n = body.size(); n > 0; n /= 16) size.insert(size.begin(), digits[n % 16]);
  return size + "\r\n" + body + "\r\n";
}

const std::string stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string role = R"(data: {"choices":[{"delta":{"role":"assistant","content":""}}]})"
                         "\n\n";
const std::string word = R"(data: {"choices":[{"delta":{"content":"a\"b"}}],"usage":null})"
                         "\n\n";
const std::string counts =
    R"(data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}})"
    "\n\n";
const std::string done = "data: [DONE]\n\n";

BOOST_AUTO_TEST_SUITE(load_answer)

BOOST_AUTO_TEST_CASE(events_are_found_wherever_the_bytes_are_cut) {
  const std::string all =
      ": ping\r\n\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: three\nid: 4\n\n\n\ndata\n\ndata: \n\n";
  const std::vector<std::string> expected{"one", "two\nthree", ""};
  for (std::size_t step = 1; step <= all.size(); ++step) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < all.size(); at += step) pieces.push_back(all.substr(at, step));
    BOOST_TEST(events_of(pieces) == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(an_endless_line_is_given_up) {
  sse_splitter s;
  const std::string much(4u << 20, 'x');
  bool fits = true;
  for (int i = 0; i < 6 && fits; ++i) fits = s.feed(much, [](std::string_view) {});
  BOOST_TEST(!fits);
}

BOOST_AUTO_TEST_CASE(frames_are_told_apart) {
  using sort = frame::sort;
  struct row {
    const char* data;
    sort is;
    const char* text;
  };
  for (const row& r : {row{"[DONE]", sort::done, ""}, row{R"({"choices":[{"text": "x"}]})", sort::text, "x"},
                       row{R"({"text":"\""})", sort::text, R"(\")"}, row{R"({"text":""})", sort::other, ""},
                       row{R"({"delta":{"content":null,"reasoning_content":"r"}})", sort::text, "r"},
                       row{R"({"delta":{"tool_calls":[{"index":0}]}})", sort::text, ""},
                       row{R"({"note":"\"content\":\"x\"","content":null})", sort::other, ""},
                       row{R"({"error":{"message":"m"}})", sort::error, ""},
                       row{R"({"text":"unfinished)", sort::other, ""}, row{"", sort::other, ""}}) {
    const frame got = scan_frame(r.data);
    BOOST_TEST((got.is == r.is && got.text == r.text), r.data);
  }
}

BOOST_AUTO_TEST_CASE(counts_are_numbers_behind_their_key) {
  BOOST_TEST(*find_count(R"({"completion_tokens" : 12})", R"("completion_tokens")") == 12u);
  BOOST_TEST(!find_count(R"({"completion_tokens":null})", R"("completion_tokens")"));
  BOOST_TEST(!find_count(R"({"x":1})", R"("completion_tokens")"));
  BOOST_TEST(!find_count("", R"("completion_tokens")"));
}

BOOST_AUTO_TEST_CASE(a_stream_is_timed_and_counted) {
  const std::string bytes = stream_head + chunked(role) + chunked(word) + chunked(word + word) +
                            chunked(counts) + chunked(done) + "0\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100}, bytes.size()}) {
    std::string text;
    const outcome got = watched(bytes, step, false, &text);
    BOOST_TEST((got.how == ending::complete));
    BOOST_TEST(got.accepted);
    BOOST_TEST(got.tokens == 5u);
    BOOST_TEST(got.prompt_tokens == 9u);
    BOOST_TEST(got.cached_tokens == 4u);
    BOOST_TEST((got.first_text > std::chrono::nanoseconds::zero() && got.first_text <= got.last_text &&
                got.last_text <= got.ended));
    BOOST_TEST(text == R"(a\"ba\"ba\"b)");
  }
  // Without the server's count, pieces are counted; the role is none.
  BOOST_TEST(watched(stream_head + chunked(role + word + word + done) + "0\r\n\r\n", 1000).tokens == 2u);
}

BOOST_AUTO_TEST_CASE(each_way_to_fail_has_its_name) {
  struct row {
    std::string bytes;
    bool closes;
    ending how;
  };
  const std::string failed = "data: {\"error\":{\"message\":\"m\"}}\n\n";
  for (const row& r : {row{"HTTP/1.1 429 Too Many\r\nContent-Length: 2\r\n\r\n{}", false, ending::quota},
                       row{"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", false, ending::overload},
                       row{"HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n", false, ending::timed_out},
                       row{"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", false, ending::http_error},
                       row{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", true, ending::truncated},
                       row{"nonsense\r\n\r\n", false, ending::truncated},
                       row{stream_head + chunked(word + failed) + "0\r\n\r\n", false, ending::stream_error},
                       row{stream_head + chunked(word) + "0\r\n\r\n", false, ending::truncated},
                       row{stream_head + chunked(word), true, ending::truncated},
                       row{stream_head + "zz\r\n", false, ending::truncated},
                       row{"HTTP/1.1 200 OK\r\n\r\nall of it", true, ending::complete},
                       row{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                           false, ending::complete}}) {
    for (const std::size_t step : {std::size_t{1}, r.bytes.size()})
      BOOST_TEST((watched(r.bytes, step, r.closes).how == r.how), r.bytes);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_streamed_is_counted_at_its_end) {
  const std::string body =
      R"({"choices":[{"message":{"role":"assistant","content":"hi"}}],"usage":{"completion_tokens":3}})";
  std::string text;
  const outcome got =
      watched("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body, 10,
              false, &text);
  BOOST_TEST((got.how == ending::complete));
  BOOST_TEST(!got.streamed);
  BOOST_TEST(got.tokens == 3u);
  BOOST_TEST(text == "hi");
}

BOOST_AUTO_TEST_CASE(the_head_says_when_to_come_back) {
  response_reader r;
  std::string body;
  (void)r.feed("HTTP/1.1 503 No\r\nRetry-After: 2.5\r\nContent-Length: 0\r\n\r\n", body);
  BOOST_TEST((*r.head().retry_after == milliseconds(2500)));
  BOOST_TEST(r.head().keep_alive);
  for (const char* wrong : {"soon", "-1", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT"}) {
    r.reset();
    (void)r.feed(std::string("HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: ") +
                     wrong + "\r\n\r\n",
                 body);
    BOOST_TEST(!r.head().retry_after, wrong);
    BOOST_TEST(!r.head().keep_alive);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::load
