#include "cli/commands.hpp"
#include "embed/revision.hpp"

#include <iostream>
#include <string>
#include <string_view>

namespace hawser::cli {

std::string version_line() {
  std::string line = "hawser " HAWSER_VERSION;
  if (const std::string_view from = embed::revision(); !from.empty()) line += " (" + std::string(from) + ")";
  return line;
}

void add_version(const command_parser& app) {
  const auto command = app.add_command("version", "Print the version");
  command.run([] {
    std::cout << version_line() << '\n';
    return exit_code::ok;
  });
}

}  // namespace hawser::cli
