/// The prompts of a request: texts or tokens, one or several. Pure.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/field_reader.hpp"
#include "net/limits.hpp"

#include <string_view>
#include <vector>

namespace hawser::net {

using prompt_list = std::vector<decltype(actors::generation_spec::prompt)>;

/// A string, an array of strings, an array of tokens or an array of those, under `name`. Empty when something
/// is wrong, which `fields` then knows.
[[nodiscard]] prompt_list read_prompts(field_reader& fields, std::string_view name,
                                       const text_limits& limits);

}  // namespace hawser::net
