/// A run's report for a terminal.
#pragma once

#include "cli/load/run.hpp"

#include <string>

namespace hawser::cli {

[[nodiscard]] std::string load_table(const load::run_report& of, bool open_loop);

}  // namespace hawser::cli
