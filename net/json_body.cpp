#include "net/json_body.hpp"

#include "net/utf8.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

// Depth is bounded by the parser, so this cannot run away.
std::size_t most_keys(const json::value& v) {
  std::size_t most = 0;
  if (const json::object* const o = v.if_object()) {
    most = o->size();
    for (const auto& member : *o) most = std::max(most, most_keys(member.value()));
  } else if (const json::array* const a = v.if_array()) {
    for (const json::value& one : *a) most = std::max(most, most_keys(one));
  }
  return most;
}

}  // namespace

outcome<json::object> parse_body(std::string_view body, const http_limits& limits) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return bad_field({}, "the request has no body: expected a JSON object");
  }
  if (const std::size_t good = utf8_valid_prefix(body); good != body.size()) {
    return bad_field({}, "the body is not valid UTF-8 at byte " + std::to_string(good));
  }
  json::parse_options options;
  options.max_depth = limits.json_depth;
  json::stream_parser parser({}, options);
  json::error_code ec;
  std::size_t at = parser.write_some(body.data(), body.size(), ec);
  if (!ec && parser.done()) {
    at += body.substr(at).find_first_not_of(" \t\r\n") == std::string_view::npos ? body.size() - at : 0;
    if (at != body.size()) ec = json::error::extra_data;
  }
  if (!ec) parser.finish(ec);
  if (ec == json::error::too_deep) {
    return bad_field({}, "the body's JSON is nested deeper than " + std::to_string(limits.json_depth) +
                             " levels");
  }
  if (ec) return bad_field({}, "the body is not JSON: " + ec.message() + " at byte " + std::to_string(at));
  json::value parsed = parser.release();
  if (!parsed.is_object()) return bad_field({}, "the body's JSON is not an object");
  if (most_keys(parsed) > limits.json_keys) {
    return bad_field({}, "the body has a JSON object with more than " + std::to_string(limits.json_keys) +
                             " keys");
  }
  return std::move(parsed.get_object());
}

}  // namespace hawser::net
