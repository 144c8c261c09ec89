/// The other things that a session asks of the serving core.
#pragma once

#include "actors/generation_mail.hpp"
#include "actors/load_board.hpp"
#include "actors/memory_board.hpp"
#include "actors/result_mail.hpp"
#include "model/error.hpp"
#include "runtime/ask.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// Text, or a chat context, to tokens; asked of the tokenizer pool.
struct tokenize : runtime::asks<model::result<std::vector<model::token_id>>> {
  std::variant<plain_prompt, chat_prompt> what;
  bool add_special = true;
};

struct spelling {
  std::string text;
  std::vector<std::string> pieces;  ///< the bytes of each token
};

/// Tokens to text, with control tokens by name; asked of the tokenizer pool. Error bad_argument: a token that
/// the vocabulary does not have.
struct detokenize : runtime::asks<model::result<spelling>> {
  std::vector<model::token_id> tokens;
  bool pieces = false;  ///< wanted too
};

/// What the chat template makes of a context; asked of the tokenizer pool.
struct render_chat : runtime::asks<model::result<std::string>> {
  chat_prompt what;
};

/// The Prometheus text page; asked of Telemetry.
struct scrape : runtime::asks<std::string> {};

/// How the model's thoughts stand in its answers.
struct thinking_style {
  std::string open{};   ///< as in <think>; empty: it does not say what it thinks
  std::string close{};  ///< as in </think>
  /// The prompt itself ends with the open mark: where the request does not say, with enable_thinking false,
  /// and with it true.
  std::array<bool, 3> begun{};
};

enum class phase : std::uint8_t { loading, warming, ready, draining, failed };

/// What probes and listings read without asking anybody. Written by the supervisor; any thread may read.
struct service_state {
  std::atomic<phase> now{phase::loading};
  /// Fixed before `now` leaves loading.
  std::string model_name;
  std::uint32_t context = 0;
  std::uint32_t vocabulary = 0;
  std::uint32_t width = 0;  ///< of an embedding
  bool has_chat_template = false;
  bool takes_empty_text = false;  ///< it puts a token of its own before each text
  thinking_style thinking;
  std::int64_t created = 0;  ///< Unix seconds
};

using ingress_address = runtime::address<generate, cancel, hold>;
using tokenizer_address = runtime::address<tokenize, detokenize, render_chat>;
using telemetry_address = runtime::address<scrape>;

/// What assembly hands to whoever attaches a listener: all that net knows of the core.
struct service {
  ingress_address ingress;
  tokenizer_address tokenizer;
  telemetry_address telemetry;
  std::shared_ptr<const service_state> state;
  std::shared_ptr<request_ids> ids = std::make_shared<request_ids>();  ///< for `generate`
  std::shared_ptr<load_board> load = std::make_shared<load_board>();
  results_address results{};  ///< empty: there is no result cache
  std::shared_ptr<memory_board> memory = std::make_shared<memory_board>();
};

}  // namespace hawser::actors
