/// Prompts to tokens: chat template, begin token, vocabulary. Pure.
#pragma once

#include "actors/tokenizer_mail.hpp"

#include <chrono>
#include <vector>

namespace hawser::actors {

/// Time and memory grow linearly with the prompt. `now` is what a template's strftime_now shows.
/// Errors: template_failed with the template's own words; bad_argument for a chat without a template, or
/// tokens that the vocabulary does not have. `add_special` false: no begin or end token; a chat gets what its
/// template writes.
[[nodiscard]] model::result<std::vector<model::token_id>>
make_tokens(const language& in, const prompt_text& what, bool add_special,
            std::chrono::system_clock::time_point now);

/// The same, with a begin token, for a model to compute. What has no tokens begins a new document: it becomes
/// the begin token, or the end token of a vocabulary that has none; with neither it stays empty.
[[nodiscard]] model::result<std::vector<model::token_id>>
make_prompt_tokens(const language& in, const prompt_text& what, std::chrono::system_clock::time_point now);

/// The text that a chat becomes. Errors: as make_tokens.
[[nodiscard]] model::result<std::string> render_text(const language& in, const chat_prompt& chat,
                                                     std::chrono::system_clock::time_point now);

/// As its chat template shows it.
[[nodiscard]] thinking_style find_thinking(const language& in, std::chrono::system_clock::time_point now);

/// Error bad_argument: a token that the vocabulary does not have.
[[nodiscard]] model::result<spelling> spell(const language& in, const std::vector<model::token_id>& ids,
                                            bool pieces);

}  // namespace hawser::actors
