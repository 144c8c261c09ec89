/// Paths to endpoints. Pure.
#pragma once

#include "net/api_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::net {

enum class endpoint : std::uint8_t {
  root,
  health,
  ready,
  metrics,
  version,
  description,
  actors,
  load,
  cache,
  models,
  model,
  response,
  tokenize,
  detokenize,
  apply_template,
  count_tokens,
  predict,
  completions,
  chat_completions,
  messages,
  responses,
  embeddings,
};

struct route {
  endpoint to{};
  std::string argument;  ///< decoded: the id of /v1/models/{id} or /v1/responses/{id}
};

/// True for those that generate.
[[nodiscard]] constexpr bool generates(endpoint e) noexcept {
  return e >= endpoint::predict;
}
/// True for those that the tokenizer answers.
[[nodiscard]] constexpr bool is_about_text(endpoint e) noexcept {
  return e >= endpoint::tokenize && e <= endpoint::count_tokens;
}
/// True for those that are POST only, with a JSON body.
[[nodiscard]] constexpr bool takes_json(endpoint e) noexcept {
  return is_about_text(e) || generates(e);
}
/// True for what a full server still answers.
[[nodiscard]] constexpr bool is_probe(endpoint e) noexcept {
  return e == endpoint::health || e == endpoint::ready || e == endpoint::metrics;
}
/// True for what only the server's own pages, and programs, may ask for.
[[nodiscard]] constexpr bool changes(endpoint e) noexcept {
  return takes_json(e) || e == endpoint::cache || e == endpoint::response;
}
/// As in the Allow field.
[[nodiscard]] std::string_view allowed_methods(endpoint e) noexcept;

/// Whose errors a request is answered with, also where it leads nowhere.
[[nodiscard]] error_style errors_of(std::string_view target) noexcept;

/// `target` as in the request line: a path or an http URL; its query is not looked at. 404: nothing is there.
[[nodiscard]] outcome<route> find_route(std::string_view target);
/// 405 with Allow when the endpoint does not take the method. OPTIONS is always taken.
[[nodiscard]] outcome<void> check_method(endpoint e, std::string_view method);

}  // namespace hawser::net
