#include "net/route.hpp"

#include <array>
#include <optional>
#include <utility>

namespace hawser::net {
namespace {

struct place {
  std::string_view path;
  endpoint to;
};

constexpr std::array places{
    place{"/", endpoint::root},
    place{"/health", endpoint::health},
    place{"/ready", endpoint::ready},
    place{"/metrics", endpoint::metrics},
    place{"/version", endpoint::version},
    place{"/openapi.json", endpoint::description},
    place{"/v1/actors", endpoint::actors},
    place{"/v1/load", endpoint::load},
    place{"/cache", endpoint::cache},
    place{"/v1/models", endpoint::models},
    place{"/tokenize", endpoint::tokenize},
    place{"/detokenize", endpoint::detokenize},
    place{"/apply-template", endpoint::apply_template},
    place{"/v1/messages/count_tokens", endpoint::count_tokens},
    place{"/predict", endpoint::predict},
    place{"/v1/completions", endpoint::completions},
    place{"/v1/chat/completions", endpoint::chat_completions},
    place{"/v1/messages", endpoint::messages},
    place{"/v1/responses", endpoint::responses},
    place{"/v1/embeddings", endpoint::embeddings},
};
/// What follows is a name.
constexpr std::array prefixes{
    place{"/v1/models/", endpoint::model},
    place{"/v1/responses/", endpoint::response},
};

std::string_view path_of(std::string_view target) noexcept {
  if (const std::size_t scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string_view::npos) {
    const std::size_t slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target.substr(0, target.find('?'));
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    const int high = i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
    const int low = high < 0 ? -1 : hex_digit(path[i + 2]);
    if (low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string_view allowed_methods(endpoint e) noexcept {
  if (e == endpoint::cache) return "DELETE, OPTIONS";
  if (e == endpoint::response) return "GET, HEAD, DELETE, OPTIONS";
  return takes_json(e) ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

error_style errors_of(std::string_view target) noexcept {
  const std::string_view path = path_of(target);
  constexpr std::string_view messages = "/v1/messages";
  const bool theirs = path == messages || (path.starts_with(messages) && path[messages.size()] == '/');
  return theirs ? error_style::anthropic : error_style::openai;
}

outcome<route> find_route(std::string_view target) {
  const auto path = percent_decoded(path_of(target));
  if (!path)
    return bad_field({}, "the request's path has a % that is not followed by two hexadecimal digits");
  for (const place& p : places) {
    if (p.path == *path) return route{p.to, {}};
  }
  for (const place& p : prefixes) {
    if (path->starts_with(p.path) && path->size() > p.path.size())
      return route{p.to, path->substr(p.path.size())};
  }
  api_error e;
  e.status = 404;
  e.message = "there is nothing at " + *path + "; GET / lists what is served";
  e.code = "unknown_url";
  return e;
}

outcome<void> check_method(endpoint e, std::string_view method) {
  const bool gets = method == "GET" || method == "HEAD";
  const bool fits = takes_json(e)             ? method == "POST"
                    : e == endpoint::cache    ? method == "DELETE"
                    : e == endpoint::response ? gets || method == "DELETE"
                                              : gets;
  if (fits || method == "OPTIONS") return {};
  api_error refused;
  refused.status = 405;
  refused.message = "this endpoint takes " + std::string(allowed_methods(e)) + ", not " + std::string(method);
  refused.code = "method_not_allowed";
  refused.allow = allowed_methods(e);
  return refused;
}

}  // namespace hawser::net
