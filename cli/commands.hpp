/// The sub-commands of `hawser`, one file each.
#pragma once

#include "cli/failure.hpp"

#include <CLI/CLI.hpp>

#include <functional>

namespace hawser::cli {

/// What to do once the command line is read: set by the sub-command that was named. May throw failure.
using action = std::function<exit_code()>;

void add_serve(CLI::App& app, action& chosen);
void add_generate(CLI::App& app, action& chosen);
void add_tokenize(CLI::App& app, action& chosen);
void add_inspect(CLI::App& app, action& chosen);
void add_perplexity(CLI::App& app, action& chosen);
void add_bench(CLI::App& app, action& chosen);
/// Below `bench`.
void add_claims(CLI::App& bench, action& chosen);
void add_overload(CLI::App& bench, action& chosen);
void add_load(CLI::App& app, action& chosen);
void add_quantize(CLI::App& app, action& chosen);
void add_check(CLI::App& app, action& chosen);
void add_simulate(CLI::App& app, action& chosen);
void add_top(CLI::App& app, action& chosen);
void add_version(CLI::App& app, action& chosen);

/// Reads the command line, runs what it names, and prints what went wrong. The exit code of the process.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace hawser::cli
