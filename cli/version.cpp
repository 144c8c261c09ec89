#include "cli/commands.hpp"

#include <iostream>
#include <string>

namespace hawser::cli {

std::string version_line() {
  return "hawser " HAWSER_FULL_VERSION;
}

void add_version(const command_parser& app) {
  const auto command = app.add_command("version", "Print the version");
  command.run([] {
    std::cout << version_line() << '\n';
    return exit_code::ok;
  });
}

}  // namespace hawser::cli
