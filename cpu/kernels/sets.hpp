/// The kernel sets that this build holds, and the choice among those that the machine can run.
#pragma once

#include "cpu/kernels/kernel_set.hpp"
#include "model/error.hpp"

#include <string_view>
#include <vector>

namespace hawser::cpu {

/// Sets this machine can run, fastest first; the last is always "portable".
[[nodiscard]] std::vector<kernel_set> runnable_sets();

/// The fastest set, or the named one. Error bad_argument: unknown here, with the names that there are.
[[nodiscard]] model::result<kernel_set> choose_set(std::string_view name);

// Each in a translation unit of its own, compiled for that instruction set: call only after asking the
// processor.
const kernel_set& avx512_vnni_set();
const kernel_set& avx512_set();
const kernel_set& avx2_vnni_set();
const kernel_set& avx2_set();
const kernel_set& portable_set();
void attend_bf16(const attention_job& job, std::byte* scratch);
void attend_q8_bf16(const attention_job& job, std::byte* scratch);

}  // namespace hawser::cpu
