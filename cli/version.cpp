#include "cli/commands.hpp"
#include "embed/revision.hpp"

#include <iostream>

namespace hawser::cli {

void add_version(const command_parser& app) {
  const auto command = app.add_command("version", "Print the version");
  command.run([] {
    std::cout << "hawser " HAWSER_VERSION " (" << embed::revision() << ")\n";
    return exit_code::ok;
  });
}

}  // namespace hawser::cli
