/// What the tokenizer pool is told, and what it answers Ingress.
#pragma once

#include "actors/service_mail.hpp"
#include "model/chat_template.hpp"
#include "model/tokenizer.hpp"
#include "runtime/address.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace hawser::actors {

using prompt_text = std::variant<plain_prompt, chat_prompt, token_prompt>;

/// Exactly one prompt_made follows, unless the pool ends or drop_prompt comes first.
struct make_prompt {
  request_id id = 0;
  prompt_text what;
  runtime::time_point deadline = runtime::time_point::max();  ///< later it is not worth the work
};

/// Nobody wants it any more.
struct drop_prompt {
  request_id id = 0;
};

struct prompt_made {
  request_id id = 0;
  model::result<std::vector<model::token_id>> tokens;
};

using prompt_listener = runtime::address<prompt_made>;

/// What prompts are made with.
struct language {
  std::shared_ptr<const model::tokenizer> words;
  std::shared_ptr<const model::chat_template> chat;  ///< null: the model has none
};

/// The model is there; who asked before was refused.
struct use_language {
  std::shared_ptr<const language> what;
  prompt_listener ingress;
};

using prompt_address = runtime::address<make_prompt, drop_prompt>;

}  // namespace hawser::actors
