/// `system` and `messages` of Anthropic's API, as a chat template wants them. Pure.
#pragma once

#include "net/field_reader.hpp"

#include <boost/json/array.hpp>

namespace hawser::net {

/// The system's text first. tool_use becomes tool_calls, tool_result a message of the role tool, thinking
/// reasoning_content. Empty when something is wrong, which `fields` then knows.
[[nodiscard]] boost::json::array read_anthropic_messages(field_reader& fields);

}  // namespace hawser::net
