/// What the memory keeper asks of Linux.
#pragma once

#include "actors/core_options.hpp"

namespace hawser::embed {

/// Resident memory that is the process's alone, what its control group has left, and the heap's malloc_trim.
[[nodiscard]] actors::memory_system linux_memory();

}  // namespace hawser::embed
