#include "net/api_error.hpp"

#include "net/json_text.hpp"

#include <stdexcept>
#include <utility>

namespace hawser::net {
namespace {

void append_or_null(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "null";
  } else {
    append_quoted(out, text);
  }
}

std::string_view anthropic_type(int status) noexcept {
  switch (status) {
  case 401:
    return "authentication_error";
  case 403:
    return "permission_error";
  case 404:
    return "not_found_error";
  case 413:
    return "request_too_large";
  case 429:
    return "rate_limit_error";
  case 504:
    return "timeout_error";
  case 529:
    return "overloaded_error";
  default:
    return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

std::string anthropic_body(const api_error& e, std::string_view request_id) {
  std::string out = R"({"type":"error","error":{"type":)";
  append_quoted(out, anthropic_type(status_of(e, error_style::anthropic)));
  out += R"(,"message":)";
  append_quoted(out, e.message);
  out += '}';
  if (!request_id.empty()) {
    out += R"(,"request_id":)";
    append_quoted(out, request_id);
  }
  return out + "}";
}

}  // namespace

int status_of(const api_error& e, error_style style) noexcept {
  return style == error_style::anthropic && e.status == 503 ? 529 : e.status;
}

std::string error_body(const api_error& e, error_style style, std::string_view request_id) {
  if (style == error_style::anthropic) return anthropic_body(e, request_id);
  std::string out = R"({"error":{"message":)";
  append_quoted(out, e.message);
  out += R"(,"type":)";
  append_quoted(out, e.type);
  out += R"(,"param":)";
  append_or_null(out, e.param);
  out += R"(,"code":)";
  append_or_null(out, e.code);
  if (!e.limit.empty()) {
    out += R"(,"limit":)";
    append_quoted(out, e.limit);
  }
  out += "}}";
  return out;
}

api_error bad_field(std::string field, std::string message) {
  api_error e;
  e.message = std::move(message);
  e.param = std::move(field);
  return e;
}

api_error unavailable(std::string message, std::string code, std::chrono::milliseconds retry_after) {
  api_error e;
  e.status = 503;
  e.message = std::move(message);
  e.type = "service_unavailable_error";
  e.code = std::move(code);
  e.retry_after = retry_after;
  e.should_retry = true;
  return e;
}

api_error no_memory() {
  api_error e = unavailable("the server has no memory left for this request (memory_limit): come back in 1 s",
                            "overloaded", std::chrono::seconds(1));
  e.should_retry = true;
  e.limit = "memory";
  return e;
}

api_error internal_error(std::string message) {
  api_error e;
  e.status = 500;
  e.message = std::move(message);
  e.type = "api_error";
  return e;
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
  case 100:
    return "Continue";
  case 101:
    return "Switching Protocols";
  case 200:
    return "OK";
  case 204:
    return "No Content";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 408:
    return "Request Timeout";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 426:
    return "Upgrade Required";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  case 529:
    return "Overloaded";
  case 505:
    return "HTTP Version Not Supported";
  default:
    return "Unknown";
  }
}

void throw_exception_from_error(const api_error& e, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error(e.message), where);
}

}  // namespace hawser::net
