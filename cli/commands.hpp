/// The sub-commands of `hawser`, one file each.
#pragma once

#include "cli/command_line.hpp"

#include <string>

namespace hawser::cli {

void add_serve(const command_parser& app);
void add_generate(const command_parser& app);
void add_tokenize(const command_parser& app);
void add_inspect(const command_parser& app);
void add_perplexity(const command_parser& app);
void add_bench(const command_parser& app);
/// Below `bench`.
void add_claims(const command_parser& bench);
void add_overload(const command_parser& bench);
void add_load(const command_parser& app);
void add_quantize(const command_parser& app);
void add_check(const command_parser& app);
void add_devices(const command_parser& app);
void add_simulate(const command_parser& app);
void add_health(const command_parser& app);
void add_top(const command_parser& app);
/// "hawser 0.1.0+gREVISION".
[[nodiscard]] std::string version_line();
void add_version(const command_parser& app);

/// Reads the command line, runs what it names, and prints what went wrong. The exit code of the process.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace hawser::cli
