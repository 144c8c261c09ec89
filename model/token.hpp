/// Numbers that name things of a model.
#pragma once

#include <cstdint>

namespace hawser::model {

/// Index into the vocabulary, 0 <= id < vocabulary size; negative means "none".
using token_id = std::int32_t;
inline constexpr token_id no_token = -1;

}  // namespace hawser::model
