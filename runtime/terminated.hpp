/// What becomes of an actor, for those who watch it.
#pragma once

#include <cstdint>
#include <string>

namespace hawser::runtime {

/// How an actor ended for good; a restart by a supervisor is not an end. Told to each of its watchers, once,
/// after the actor object is gone.
struct terminated {
  std::string name;
  bool failed = false;
  std::string reason;    ///< what the exception said; empty after an orderly stop
  std::uint64_t id = 0;  ///< as address::id() says
};

}  // namespace hawser::runtime
