/// What the supervisor tells Ingress, besides the requests and answers of others.
#pragma once

#include "actors/batcher_mail.hpp"
#include "actors/ingress_limits.hpp"
#include "actors/tokenizer_mail.hpp"
#include "runtime/address.hpp"

#include <cstdint>
#include <string>

namespace hawser::actors {

/// What is in force from now on; after a batcher's failure also whose requests are lost.
struct use_batcher {
  batcher_address batcher;
  std::uint32_t longest = 0;  ///< prompt and answer together, in tokens
  std::uint32_t vocabulary = 0;
  std::uint32_t seats = 0;
  kv_shape room;
};

/// Bounds and targets for those who come from now on.
struct use_limits {
  ingress_limits now;  ///< but `longest` and `vocabulary`, which are the model's
};

/// The batcher failed: what it had will not be answered by it.
struct batcher_failed {
  std::string why;
};

/// No new requests from here on. Answered with `drained` once nothing is left.
struct drain {};

/// End everything that is left.
struct cut_short {
  std::string why;
};

struct drained {};

/// What the result cache needs of Ingress.
using door_address = runtime::address<generate, cancel, hold, postpone>;

using drain_watcher = runtime::address<drained>;
using ingress_control = runtime::address<use_batcher, batcher_failed, drain, cut_short>;

}  // namespace hawser::actors
