#include "cli/commands.hpp"
#include "cli/configuration_flags.hpp"
#include "conf/reference.hpp"

#include <iostream>
#include <memory>

namespace hawser::cli {

namespace {

struct check_flags {
  explicit check_flags(const command_parser& command) : configuration(command, "--config,FILE") {}

  configuration_flags configuration;
  bool print_defaults = false;
  bool print_page = false;
};

exit_code check(const check_flags& flags) {
  if (flags.print_defaults)
    std::cout << conf::reference_file();
  else if (flags.print_page)
    std::cout << conf::reference_page();
  else
    std::cout << conf::print_settings(flags.configuration.read());
  return exit_code::ok;
}

}  // namespace

void add_check(const command_parser& app) {
  const auto command =
      app.add_command("check", "Check a configuration file and print the settings that would take effect");
  auto flags = std::make_shared<check_flags>(command);
  const auto defaults = command.add_flag("--print-defaults", flags->print_defaults,
                                         "Print a commented file with every key and its default");
  command.add_flag("--print-page", flags->print_page, "Print docs/configuration.md").excludes(defaults);
  command.footer("\nExample: hawser check --print-defaults > hawser.toml; edit it; hawser check hawser.toml\n"
                 "Exit code 64 and one line a mistake, with line and column, when something is wrong.");
  command.run([flags] { return check(*flags); });
}

}  // namespace hawser::cli
