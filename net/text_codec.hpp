/// Questions about texts that nothing is generated for: POST /tokenize, /detokenize, /apply-template and
/// /v1/messages/count_tokens. Pure; costs time in proportion to the text.
#pragma once

#include "actors/service_mail.hpp"
#include "net/answer.hpp"
#include "net/limits.hpp"
#include "net/route.hpp"

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::net {

struct text_question {
  /// Beside the tokens of /tokenize: nothing, "token_strs" as in vLLM, or {"id","piece"} as in llama.cpp.
  enum class pieces_as : std::uint8_t { none, strings, objects };

  endpoint where{};
  std::variant<actors::plain_prompt, actors::chat_prompt, actors::token_prompt> about;
  bool add_special = true;
  pieces_as pieces = pieces_as::none;
};

[[nodiscard]] outcome<text_question> read_text_question(endpoint where, std::string_view body,
                                                        const http_limits& limits,
                                                        const codec_context& context);

/// {"count","max_model_len","tokens","token_strs"} or {"input_tokens"}. `pieces`: as many as tokens, when
/// they were asked for.
[[nodiscard]] std::string tokens_body(const text_question& asked, const std::vector<model::token_id>& tokens,
                                      const std::vector<std::string>& pieces, std::uint32_t context);
/// {"prompt"}, and of /detokenize {"content"} too.
[[nodiscard]] std::string text_body(const text_question& asked, std::string_view text);

/// Why there is no answer: by the text itself, or by who was asked.
[[nodiscard]] api_error text_error(const text_question& asked, const model::error& why);
[[nodiscard]] api_error text_error(boost::system::error_code why);

}  // namespace hawser::net
