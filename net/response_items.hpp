/// The `input` of POST /v1/responses, as a chat template wants it. Pure.
#pragma once

#include "net/field_reader.hpp"

#include <boost/json/array.hpp>

namespace hawser::net {

/// Messages, function calls and their outputs, and reasoning; empty when something is wrong, which `fields`
/// then knows.
[[nodiscard]] boost::json::array read_response_input(field_reader& fields);

}  // namespace hawser::net
