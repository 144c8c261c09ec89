#include "cli/commands.hpp"

#include <iostream>

namespace hawser::cli {

void add_version(CLI::App& app, action& chosen) {
  auto* const command = app.add_subcommand("version", "Print the version");
  command->callback([&chosen] {
    chosen = [] {
      std::cout << "hawser " HAWSER_VERSION "\n";
      return exit_code::ok;
    };
  });
}

}  // namespace hawser::cli
