#include "cli/compute_flags.hpp"

#include "conf/key.hpp"

#include <boost/algorithm/string/split.hpp>

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

void add_choice(const command_parser& command, const std::string& flag, const conf::key& key,
                std::string& to) {
  std::vector<std::string> choices;
  boost::split(choices, key.choices, [](char c) { return c == '|'; });
  command.add_option(flag, to, std::string(key.doc)).type_name("NAME").one_of(choices).default_shown();
}

}  // namespace

void add_compute_flags(const command_parser& command, conf::cpu_settings& to) {
  const conf::key& threads = key_of("cpu.threads");
  command.add_option("--threads", to.threads, std::string(threads.doc))
      .within(threads.least, threads.most)
      .default_shown();
  add_choice(command, "--kernels", key_of("cpu.kernels"), to.kernels);
  add_choice(command, "--kv", key_of("cpu.kv"), to.kv);
}

}  // namespace hawser::cli
