#include "cli/load/target.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hawser::load {

namespace {

struct endpoint {
  std::string_view path;
  dialect speaks;
};

constexpr std::array<endpoint, 3> endpoints{{{"/chat/completions", dialect::chat},
                                             {"/completions", dialect::completions},
                                             {"/predict", dialect::predict}}};

error bad(std::string_view url, std::string_view why) {
  return {errc::bad_url, "the URL " + std::string(url) + ": " + std::string(why)};
}

/// The endpoint below `base`.
std::string path_of(std::string base, dialect d) {
  if (base.ends_with('/')) base.pop_back();
  if (d == dialect::predict) return base + "/predict";
  if (!base.ends_with("/v1")) base += "/v1";
  return base + (d == dialect::chat ? "/chat/completions" : "/completions");
}

/// "host:port", "[::1]:port", or without the port.
bool read_authority(std::string_view text, target& to) {
  std::string_view host = text, port = "80";
  const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (text.starts_with('[')) {
    if (host.size() < 3 || !host.ends_with(']')) return false;
    host = host.substr(1, host.size() - 2);
  }
  const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  to.host = host;
  to.port = port;
  return !host.empty() && !port.empty() && port.size() <= 5 && digits;
}

}  // namespace

std::string_view name_of(dialect d) noexcept {
  return d == dialect::chat ? "chat" : d == dialect::completions ? "completions" : "predict";
}

result<target> read_url(std::string_view url, dialect otherwise) {
  std::string_view rest = url;
  if (rest.starts_with("https://"))
    return bad(url, "TLS is not spoken here; measure behind it, or through a proxy that ends it");
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.find("://") != std::string_view::npos) return bad(url, "expected http://HOST:PORT");
  const auto slash = std::min(rest.find('/'), rest.size());
  target made;
  if (!read_authority(rest.substr(0, slash), made)) return bad(url, "expected http://HOST:PORT");
  std::string path(rest.substr(slash));
  if (std::any_of(path.begin(), path.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
    return bad(url, "a path has no spaces or control characters");
  }
  made.speaks = otherwise;
  for (const endpoint& one : endpoints) {
    if (!path.ends_with(one.path)) continue;
    made.speaks = one.speaks;
    made.path = std::move(path);
    return made;
  }
  made.path = path_of(std::move(path), otherwise);
  return made;
}

}  // namespace hawser::load
