#include "net/request_rules.hpp"

#include <algorithm>

namespace hawser::net {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool may_be_json(std::string_view type) {
  std::string media = lower(type.substr(0, type.find(';')));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) media.pop_back();
  // What `curl -d` says when nobody tells it otherwise. The body still has to be JSON, and a page's form is
  // kept out by its Origin, which is judged before.
  const bool curls_own = media == "application/x-www-form-urlencoded";
  return curls_own || media == "application/json" || media == "text/json" ||
         (media.starts_with("application/") && media.ends_with("+json"));
}

api_error unsupported_media(std::string message) {
  api_error e = bad_field({}, std::move(message));
  e.status = 415;
  e.code = "unsupported_media_type";
  return e;
}

}  // namespace

outcome<route> judge_request(const http_request& request, const origin_policy& origins) {
  if (request.target == "*") return route{endpoint::root, {}};  // OPTIONS *: about the server as a whole
  outcome<route> found = find_route(request.target);
  if (!found) return found;
  if (const auto fits = check_method(found->to, request.method); !fits) return fits.error();
  if (!changes(found->to) || request.method == "OPTIONS") return found;
  if (!judge_origin(origins, request).allowed) {
    api_error e = bad_field({}, "pages of " + *request.find("origin") +
                                    " may not use this server: add the origin to the configuration");
    e.status = 403;
    e.type = "permission_error";
    e.code = "origin_not_allowed";
    return e;
  }
  if (const std::string* const coding = request.find("content-encoding");
      coding != nullptr && lower(*coding) != "identity") {
    return unsupported_media("a body with Content-Encoding " + *coding +
                             " is not understood: send it as it is");
  }
  if (const std::string* const type = request.find("content-type"); type != nullptr && !may_be_json(*type)) {
    return unsupported_media("the body's Content-Type is " + *type + ": send application/json");
  }
  return found;
}

std::string client_request_id(const http_request& request) {
  constexpr std::size_t longest = 128;
  const std::string* const id = request.find("x-request-id");
  const auto safe = [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  if (id == nullptr || id->empty() || id->size() > longest || !std::ranges::all_of(*id, safe)) return {};
  return *id;
}

std::string client_trace(const http_request& request) {
  // version "-" trace-id "-" parent-id "-" flags; later versions may say more behind it.
  constexpr std::size_t whole = 55;
  const std::string* const field = request.find("traceparent");
  const auto times = std::ranges::count(request.fields, "traceparent", &header_field::name);
  if (field == nullptr || times != 1 || field->size() < whole || field->size() > 2 * whole) return {};
  const std::string_view text = *field;
  const auto is_hex = [text](std::size_t at, std::size_t size) {
    return text.substr(at, size).find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  const auto is_zero = [text](std::size_t at, std::size_t size) {
    return text.substr(at, size).find_first_not_of('0') == std::string_view::npos;
  };
  const bool dashed = text[2] == '-' && text[35] == '-' && text[52] == '-';
  const bool hex = is_hex(0, 2) && is_hex(3, 32) && is_hex(36, 16) && is_hex(53, 2);
  if (!dashed || !hex || is_zero(3, 32) || is_zero(36, 16) || text.starts_with("ff")) return {};
  if (text.size() > whole && (text.starts_with("00") || text[whole] != '-')) return {};
  return std::string(text.substr(0, whole));
}

load_format wished_load_format(const http_request& request) {
  const std::string* const wish = request.find("endpoint-load-metrics-format");
  const std::string as = wish != nullptr ? lower(*wish) : std::string();
  if (as == "text") return load_format::text;
  return as == "json" ? load_format::json : load_format::none;
}

bool reads_trailers(const http_request& request) noexcept {
  const std::string* const te = request.find("te");
  return te != nullptr && request.version >= 11 && te->find("trailers") != std::string::npos;
}

}  // namespace hawser::net
