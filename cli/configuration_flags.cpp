#include "cli/configuration_flags.hpp"

#include "cli/failure.hpp"
#include "conf/key.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace hawser::cli {

configuration_flags::configuration_flags(const command_parser& command, const std::string& file_names) {
  command.add_option(file_names, file_, "Configuration file (docs/configuration.md)")
      .or_environment("HAWSER_CONFIG")
      .type_name("FILE");
  command.add_option("--set", sets_, "Set any configuration key: --set limits.body=\"8 MB\"; may be repeated")
      .type_name("KEY=VALUE")
      .repeatable();
}

void configuration_flags::add(const command_parser& command, const std::string& flag,
                              const std::string& key) {
  const conf::key* const found = conf::find_key(key);
  if (found == nullptr) throw std::logic_error("no configuration key " + key);
  auto& made = *aliases_.emplace_back(std::make_unique<alias>());
  made.flag = flag.substr(flag.find("--"));
  made.key = key;
  const std::string help = std::string(found->doc) + " (key " + key + ")";
  made.given = command.add_option(flag, made.value, help).type_name(std::string(found->kind()));
}

conf::configuration configuration_flags::read() const {
  conf::configuration made;
  if (!file_.empty()) conf::read_file(made, file_).value();
  std::vector<const char*> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.push_back(*entry);
  for (const auto& unknown : conf::read_environment(made, variables).value()) {
    std::cerr << "hawser: environment variable " << unknown
              << " is not a configuration key and has no effect\n";
  }
  for (const std::string& one : sets_) {
    const auto equals = one.find('=');
    if (equals == std::string::npos) {
      throw failure(exit_code::usage,
                    "--set " + one + ": expected KEY=VALUE, such as --set server.port=8001");
    }
    conf::read_flag(made, one.substr(0, equals), one.substr(equals + 1), "--set").value();
  }
  for (const auto& one : aliases_) {
    if (one->given->given()) conf::read_flag(made, one->key, one->value, one->flag).value();
  }
  return made;
}

}  // namespace hawser::cli
