/// The flags of those commands that compute on their own: how the processor is used.
#pragma once

#include "cli/command_line.hpp"
#include "conf/settings.hpp"

namespace hawser::cli {

/// Adds --threads, --kernels and --kv: the keys of the same names in the section `cpu`, with their ranges.
void add_compute_flags(const command_parser& command, conf::cpu_settings& to);

}  // namespace hawser::cli
