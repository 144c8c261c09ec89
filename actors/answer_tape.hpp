/// The events of one answer as bytes, so that the same answer can be told again: to those who asked the same
/// at the same time, and to those who ask it later.
#pragma once

#include "actors/generation_mail.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hawser::actors {

/// What one letter of an answer may be.
using answer_event = std::variant<admitted, generated, choice_ended, ended>;

/// Version of the bytes. They depend on nothing of the machine: numbers are LEB128, floats IEEE
/// little-endian.
inline constexpr char tape_version = 1;

/// Append one event. The ids of requests are not written; of `ended` neither are its times nor cached_tokens.
void write_event(std::string& tape, const admitted& event);
void write_event(std::string& tape, const generated& event);
void write_event(std::string& tape, const choice_ended& event);
void write_event(std::string& tape, const ended& event);

/// The event at `at`, which moves behind it; nothing, with `at` as it was, where there is no whole event.
/// Never reads beyond `tape`, whatever it holds, and never allocates more than a few times its size.
[[nodiscard]] std::optional<answer_event> read_event(std::string_view tape, std::size_t& at);

/// True for the events of a whole answer of `choices` choices: admitted, then each choice up to its one end,
/// then an `ended` with stop or length, and nothing behind it.
[[nodiscard]] bool is_whole_answer(std::string_view tape, std::uint32_t choices);

}  // namespace hawser::actors
