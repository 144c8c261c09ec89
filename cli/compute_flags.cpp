#include "cli/compute_flags.hpp"

#include "conf/key.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

const conf::key& key_of(const std::string& name) {
  const conf::key* const found = conf::find_key(name);
  if (found == nullptr) throw std::logic_error("no configuration key " + name);
  return *found;
}

void add_choice(CLI::App& command, const std::string& flag, const conf::key& key, std::string& to) {
  const std::vector<std::string> choices = CLI::detail::split(std::string(key.choices), '|');
  command.add_option(flag, to, std::string(key.doc))
      ->type_name("NAME")
      ->check(CLI::IsMember(choices))
      ->capture_default_str();
}

}  // namespace

void add_compute_flags(CLI::App& command, conf::cpu_settings& to) {
  const conf::key& threads = key_of("cpu.threads");
  command.add_option("--threads", to.threads, std::string(threads.doc))
      ->check(CLI::Range(threads.least, threads.most))
      ->capture_default_str();
  add_choice(command, "--kernels", key_of("cpu.kernels"), to.kernels);
  add_choice(command, "--kv", key_of("cpu.kv"), to.kv);
}

}  // namespace hawser::cli
