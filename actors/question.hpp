/// What a request asks, as bytes: two requests with equal bytes get equal answers.
#pragma once

#include "actors/generation_mail.hpp"
#include "actors/page_hash.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::actors {

/// Its answer is a text that follows from the question: greedy, or drawn from a seed that the asker named.
[[nodiscard]] bool is_repeatable(const generation_spec& spec) noexcept;

/// Everything that can change the answer: `world` (the model, its template and settings), `tenant` (whose
/// answers may be shared), the parameters and the prompt; not when it is wanted, nor by whom. Injective:
/// every part has its length before it. Nothing when the bytes would be more than `most`; then it has not
/// cost more than that. Parameters without effect (the seed that nobody named of a greedy request) are left
/// out.
[[nodiscard]] std::optional<std::string> question_of(const generation_spec& spec, std::string_view world,
                                                     std::string_view tenant, std::size_t most);

/// The tenant of a question that question_of() made.
[[nodiscard]] std::string_view tenant_of(std::string_view question) noexcept;

struct question_hash {
  std::size_t operator()(const page_hash& h) const noexcept { return static_cast<std::size_t>(h.low); }
};

}  // namespace hawser::actors
