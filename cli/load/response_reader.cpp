#include "cli/load/response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <charconv>

namespace hawser::load {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t longest_head = 64 * 1024;

net::http_limits generous() {
  net::http_limits made;
  made.body = std::size_t{1} << 40;
  made.chunk_extensions = made.body;
  return made;
}

std::optional<std::chrono::nanoseconds> seconds_in(std::string_view text) {
  double value = -1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr double day = 86'400;
  if (failed != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= day))
    return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e9));
}

}  // namespace

response_reader::response_reader() : limits_(generous()), chunks_(limits_) {}

void response_reader::reset() {
  chunks_ = net::chunk_decoder(limits_);
  raw_head_.clear();
  head_ = {};
  frames_ = framing::length;
  left_ = 0;
  has_head_ = false;
}

bool response_reader::read_head() {
  http::response_parser<http::empty_body> parser;
  parser.skip(true);
  boost::system::error_code failed;
  parser.put(boost::asio::buffer(raw_head_), failed);
  if (failed || !parser.is_header_done()) return false;
  const auto& m = parser.get();
  head_.status = static_cast<int>(m.result_int());
  head_.keep_alive = m.keep_alive();
  head_.event_stream = m[http::field::content_type].starts_with("text/event-stream");
  const auto retry = m[http::field::retry_after];
  head_.retry_after = seconds_in({retry.data(), retry.size()});
  const auto length = m[http::field::content_length];
  const bool empty = head_.status == 204 || head_.status == 304;
  if (empty) {
    left_ = 0;
  } else if (m.chunked()) {
    frames_ = framing::chunks;
  } else if (!length.empty()) {
    const auto [end, wrong] = std::from_chars(length.data(), length.data() + length.size(), left_);
    if (wrong != std::errc() || end != length.data() + length.size()) return false;
  } else {
    frames_ = framing::until_close;
    head_.keep_alive = false;
  }
  has_head_ = true;
  return true;
}

response_reader::verdict response_reader::feed(std::string_view bytes, std::string& body) {
  while (!has_head_) {
    // The empty line may be cut in two, so the search begins a little before the new bytes.
    const std::size_t from = raw_head_.size() < 3 ? 0 : raw_head_.size() - 3;
    const std::size_t before = raw_head_.size();
    raw_head_ += bytes;
    const auto end = raw_head_.find("\r\n\r\n", from);
    if (end == std::string::npos) return raw_head_.size() > longest_head ? verdict::broken : verdict::more;
    raw_head_.resize(end + 4);
    bytes.remove_prefix(raw_head_.size() - before);
    if (!read_head()) return verdict::broken;
    // An interim response: the real one follows.
    if (head_.status < 200) reset();
  }
  return read_body(bytes, body);
}

response_reader::verdict response_reader::read_body(std::string_view bytes, std::string& body) {
  if (frames_ == framing::chunks) {
    std::size_t used = 0;
    const auto said = chunks_.decode(bytes, used, body);
    if (said == net::chunk_decoder::verdict::refused) return verdict::broken;
    return said == net::chunk_decoder::verdict::whole ? verdict::whole : verdict::more;
  }
  if (frames_ == framing::until_close) {
    body += bytes;
    return verdict::more;
  }
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  body += bytes.substr(0, take);
  left_ -= take;
  return left_ == 0 ? verdict::whole : verdict::more;
}

response_reader::verdict response_reader::at_end() const noexcept {
  return has_head_ && frames_ == framing::until_close ? verdict::whole : verdict::broken;
}

}  // namespace hawser::load
