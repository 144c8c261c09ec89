/// The `messages` of a chat request, as a chat template wants them. Pure.
#pragma once

#include "net/field_reader.hpp"

#include <boost/json/array.hpp>

namespace hawser::net {

/// Empty when something is wrong, which `fields` then knows.
[[nodiscard]] boost::json::array read_messages(field_reader& fields);

/// What a template may be told beside them: chat_template_kwargs, add_generation_prompt.
void read_template_fields(field_reader& fields, boost::json::object& to);

}  // namespace hawser::net
