/// While one lives, what its thread allocates with new is pinned memory, which a device reads and writes at
/// the same address: so checks that know nothing of devices run on one as they are.
#pragma once

#include "test/gpu/device/subject.hpp"

#include <cstddef>

namespace hawser::test {

class pinned_heap {
 public:
  /// Takes `bytes` of pinned memory, which stay the program's. One at a time.
  pinned_heap(const subject& on, std::size_t bytes);
  ~pinned_heap();
  pinned_heap(const pinned_heap&) = delete;
  pinned_heap& operator=(const pinned_heap&) = delete;
};

}  // namespace hawser::test
