/// What the memory keeper tells the others, and what it is told.
#pragma once

#include "runtime/address.hpp"

#include <cstdint>

namespace hawser::actors {

/// To the batcher: pages of keys and values may be backed by so many bytes. The first in order goes on even
/// if that is less than it needs.
struct fit_pages {
  std::uint64_t bytes = 0;
  bool give_back = false;  ///< what is above that goes now: free pages, then idle ones, then sequences'
};

/// To the result cache: it may hold so many bytes, and no more than it was made for.
struct fit_results {
  std::uint64_t bytes = 0;
};

/// To the keeper: the batcher that there is from now on.
struct watch_pages {
  runtime::address<fit_pages> batcher;
};

/// To the keeper: so much is the limit.
struct keep_within {
  std::uint64_t bytes = 0;
};

}  // namespace hawser::actors
