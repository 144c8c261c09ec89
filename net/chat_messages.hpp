/// The `messages` of a chat request, as a chat template wants them. Pure.
#pragma once

#include "net/field_reader.hpp"

#include <boost/json/array.hpp>

namespace hawser::net {

/// Empty when something is wrong, which `fields` then knows.
[[nodiscard]] boost::json::array read_messages(field_reader& fields);

}  // namespace hawser::net
