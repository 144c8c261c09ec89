/// The server that a run sends to.
#pragma once

#include "cli/load/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::load {

enum class dialect : std::uint8_t { chat, completions, predict };

/// "chat", "completions", "predict".
[[nodiscard]] std::string_view name_of(dialect d) noexcept;

struct target {
  std::string host = "127.0.0.1";
  std::string port = "8000";
  std::string path;  ///< of the request
  dialect speaks = dialect::chat;
  std::string model;  ///< the body's "model"; empty: not sent
  std::string key;    ///< sent as a bearer token
  std::vector<std::pair<std::string, std::string>> headers;
  double temperature = 0;
  bool ignore_end = false;  ///< sends "ignore_eos": answers are as long as max_tokens
  bool wants_usage = true;  ///< streams end with the server's own count of tokens
  std::string extra;        ///< members for every body, as they stand between the braces of a JSON object
};

/// "http://host:port", with or without a path. A path that names an endpoint decides the dialect; any other,
/// such as
/// "/v1", stands before it. Errors: https, no host.
[[nodiscard]] result<target> read_url(std::string_view url, dialect otherwise);

}  // namespace hawser::load
