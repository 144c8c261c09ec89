/// The flags of those commands that compute on their own: how the processor is used.
#pragma once

#include "conf/settings.hpp"

#include <CLI/CLI.hpp>

namespace hawser::cli {

/// Adds --threads, --kernels and --kv: the keys of the same names in the section `cpu`, with their ranges.
void add_compute_flags(CLI::App& command, conf::cpu_settings& to);

}  // namespace hawser::cli
