/// Text of a wanted length for prompts.
#pragma once

#include "cli/load/planned_request.hpp"
#include "cli/load/request_class.hpp"

#include <cstdint>
#include <string>

namespace hawser::load {

/// Appends `words` words, each with a space before it, fit for a JSON string as they are. The words are short
/// and common, so that nearly every vocabulary has each as one token: `words` words are about `words` tokens.
void append_words(std::string& out, std::uint32_t words, std::uint64_t seed);

/// The whole prompt of a request, fit for a JSON string: its shared text if it has one, then its own. Two
/// requests of one class with the same prefix number begin with the same text, in every run.
void append_prompt(std::string& out, const planned_request& of, const request_class& as);

/// `text` as it stands between the quotes of a JSON string.
void append_escaped(std::string& out, std::string_view text);

}  // namespace hawser::load
