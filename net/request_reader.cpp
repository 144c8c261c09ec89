#include "net/request_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <utility>

namespace hawser::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using text_view = boost::beast::string_view;

std::string lower(text_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_host(std::string_view host) noexcept {
  return std::ranges::all_of(host, [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("/?#@\\\"<>{}|^`,").find(c) == std::string_view::npos;
  });
}

bool find_not_digit(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789") != std::string_view::npos;
}

class head_parser final : public http::basic_parser<true> {
 public:
  head_parser(const http_limits& limits, http_request& into) : into_(into) {
    // The scan has checked the size already; Beast gets the whole header at once, and nothing else.
    header_limit(static_cast<std::uint32_t>(limits.header_bytes) + 1024);
    body_limit(limits.body);
  }

  /// Status 0: no rule was broken.
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  void refuse(int status, std::string_view reason, error_code& ec) {
    status_ = status;
    reason_ = reason;
    ec = http::error::bad_field;
  }

  void on_request_impl(http::verb, text_view method, text_view target, int version, error_code&) override {
    into_.method = std::string(method);
    into_.target = std::string(target);
    into_.version = version;
  }
  void on_response_impl(int, text_view, int, error_code&) override {}

  void on_field_impl(http::field, text_view name, text_view value, error_code&) override {
    into_.fields.push_back({lower(name), std::string(value)});
  }

  void on_header_impl(error_code& ec) override {
    into_.keep_alive = keep_alive();
    into_.content_length.reset();
    if (const auto length = content_length()) into_.content_length = *length;
    into_.has_body = chunked() || into_.content_length.value_or(0) > 0;
    check_host(ec);
    if (!ec) check_framing(ec);
    if (!ec) check_expect(ec);
  }

  [[nodiscard]] std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(std::ranges::count(into_.fields, name, &header_field::name));
  }

  void check_host(error_code& ec) {
    const std::size_t hosts = count("host");
    if (hosts > 1 || (hosts == 0 && into_.version >= 11)) {
      refuse(400, "an HTTP/1.1 request has exactly one Host field", ec);
    } else if (hosts == 1 && !is_host(*into_.find("host"))) {
      refuse(400, "the Host field is not a host name", ec);
    }
  }

  void check_framing(error_code& ec) {
    const std::string* const coding = into_.find("transfer-encoding");
    const std::size_t lengths = count("content-length");
    if (lengths > 1) return refuse(400, "the request has more than one Content-Length", ec);
    if (lengths == 1 && find_not_digit(*into_.find("content-length")))
      return refuse(400, "Content-Length is not a number", ec);
    if (coding == nullptr) return;
    if (into_.version < 11) return refuse(400, "Transfer-Encoding is not part of HTTP/1.0", ec);
    if (lengths > 0) return refuse(400, "the request has both Content-Length and Transfer-Encoding", ec);
    if (count("transfer-encoding") > 1)
      return refuse(400, "the request has more than one Transfer-Encoding", ec);
    if (lower(*coding) != "chunked")
      refuse(501, "the only Transfer-Encoding that is understood is chunked", ec);
  }

  void check_expect(error_code& ec) {
    const std::string* const expect = into_.find("expect");
    if (expect == nullptr || into_.version < 11) return;
    if (lower(*expect) != "100-continue")
      return refuse(417, "the only expectation that is understood is 100-continue", ec);
    into_.expects_continue = into_.has_body;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, text_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  http_request& into_;
  int status_ = 0;
  std::string_view reason_;
};

}  // namespace

request_reader::request_reader(const http_limits& limits) : limits_(limits), scan_(limits), chunks_(limits) {}

void request_reader::add(std::string_view bytes) {
  if (begin_ > 4096 && begin_ * 2 > in_.size()) {
    in_.erase(0, begin_);
    begin_ = 0;
  }
  in_.append(bytes);
  if (reading_body_) body_bytes_ += bytes.size();
}

std::string request_reader::take_rest() {
  std::string rest = in_.substr(begin_);
  consume(buffered());
  return rest;
}

void request_reader::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < in_.size()) return;
  // An idle connection keeps no buffer.
  std::string().swap(in_);
  begin_ = 0;
}

request_reader::step request_reader::refuse(int status, std::string_view message) {
  api_error e = bad_field({}, std::string(message));
  e.status = status;
  return refuse(std::move(e));
}

request_reader::step request_reader::refuse(api_error e) {
  why_ = std::move(e);
  refused_ = true;
  return step::refused;
}

request_reader::step request_reader::next() {
  if (refused_) return step::refused;
  return reading_body_ ? read_body() : read_head();
}

request_reader::step request_reader::read_head() {
  switch (scan_.scan(rest())) {
  case header_scan::verdict::more:
    return step::more;
  case header_scan::verdict::refused:
    return refuse(scan_.why());
  case header_scan::verdict::whole:
    break;
  }
  request_ = {};
  head_parser parser(limits_, request_);
  const std::string_view head = rest().substr(scan_.leading(), scan_.size() - scan_.leading());
  error_code ec;
  parser.put(boost::asio::buffer(head), ec);
  if (parser.status() != 0) return refuse(parser.status(), parser.reason());
  if (ec == http::error::body_limit) {
    return refuse(413, "the request's body is larger than " + std::to_string(limits_.body) + " bytes");
  }
  if (ec == http::error::bad_content_length) return refuse(400, "Content-Length is not a number");
  if (ec == http::error::bad_transfer_encoding)
    return refuse(400, "the Transfer-Encoding field is not understood");
  if (ec) return refuse(400, "the request's header is malformed: " + ec.message());
  if (!parser.is_header_done()) return refuse(400, "the request's header is malformed");
  chunked_ = parser.chunked();
  consume(scan_.size());
  reading_body_ = true;
  body_bytes_ = buffered();
  return step::head;
}

request_reader::step request_reader::read_body() {
  if (!request_.has_body) return step::whole;
  if (chunked_) {
    std::size_t used = 0;
    const chunk_decoder::verdict so_far = chunks_.decode(rest(), used, request_.body);
    consume(used);
    if (so_far == chunk_decoder::verdict::refused) return refuse(chunks_.why());
    return so_far == chunk_decoder::verdict::whole ? step::whole : step::more;
  }
  const auto length = static_cast<std::size_t>(*request_.content_length);  // within the limit
  const std::size_t n = std::min(length - request_.body.size(), buffered());
  request_.body.append(rest().substr(0, n));
  consume(n);
  return request_.body.size() == length ? step::whole : step::more;
}

http_request request_reader::take() {
  scan_ = header_scan(limits_);
  chunks_ = chunk_decoder(limits_);
  reading_body_ = false;
  body_bytes_ = 0;
  return std::exchange(request_, {});
}

}  // namespace hawser::net
