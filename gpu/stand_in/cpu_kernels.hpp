/// hawser's kernels as functions of the CPU, by name, with the arguments that a launch has.
#pragma once

#include "gpu/stand_in/stand_in.hpp"

#include <string>
#include <vector>

namespace hawser::gpu::stand_in {

/// Every kernel of gpu/kernels/, in no order.
[[nodiscard]] const std::vector<std::string>& cpu_kernel_names();
/// Null for a name that there is not.
[[nodiscard]] const kernel_reader* cpu_kernel(const std::string& name);
/// Makes the stand-in runtime know them all.
void add_cpu_kernels();

}  // namespace hawser::gpu::stand_in
