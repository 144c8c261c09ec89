/// What the result cache is told besides requests and answers.
#pragma once

#include "actors/generation_mail.hpp"
#include "runtime/address.hpp"
#include "runtime/ask.hpp"

#include <cstdint>
#include <string>

namespace hawser::actors {

/// All that shapes answers besides the requests: two models of the same world answer alike. Until it is told
/// nothing is shared.
struct know_world {
  std::string name;
  bool tells_time = false;  ///< the chat template shows the time: yesterday's answer is another
};

/// The remembered answers to this key (to all, where all share theirs) are given to nobody any more; answers
/// how many there were.
struct purge_results : runtime::asks<std::uint64_t> {
  std::string key;
};

using results_address = runtime::address<purge_results>;

}  // namespace hawser::actors
