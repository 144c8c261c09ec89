#include "cli/commands.hpp"
#include "conf/error.hpp"
#include "conf/key.hpp"
#include "embed/revision.hpp"
#include "model/error.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

constexpr const char* exit_codes =
    "\nExit codes: 0 done, 2 a flag or argument, 64 the configuration, 66 the model file, 69 the device "
    "failed,\n"
    "70 a mistake of hawser's, 71 the address cannot be listened on, 73 a file cannot be written, 75 not "
    "enough\n"
    "memory, 76 a server elsewhere does not answer.\n"
    "Guides: docs/cli.md, docs/configuration.md.";

int complain(const std::string& sentence, exit_code code) {
  std::cerr << "hawser: " << sentence << '\n';
  return static_cast<int>(code);
}

/// Every failure of a command ends here.
int carry_out(const action& chosen) {
  try {
    const exit_code code = chosen();
    // A full disk or a closed pipe must not look like success.
    std::cout.flush();
    return std::cout ? static_cast<int>(code) : complain("the output cannot be written", exit_code::internal);
  } catch (const failure& e) {
    return complain(e.what(), e.code());
  } catch (const embed::failure& e) {
    return complain(e.what(), exit_code_of(e.code()));
  } catch (const conf::failure& e) {
    return complain(e.what(), exit_code::configuration);
  } catch (const model::failure& e) {
    return complain(e.what(), exit_code::model);
  } catch (const std::bad_alloc&) {
    return complain("not enough memory: use a smaller model, or lower model.context or scheduling.seats",
                    exit_code::memory);
  } catch (const std::exception& e) {
    return complain(std::string("internal error: ") + e.what(), exit_code::internal);
  }
}

/// "sevre" instead of "serve" deserves better than "a sub-command is required".
std::string unknown_command(const std::vector<std::string>& commands, const std::string& name) {
  const std::string what = "unknown command \"" + name + "\"";
  for (const std::string& each : commands) {
    if (conf::edit_distance(name, each) <= 2) return what + ": did you mean \"" + each + "\"?";
  }
  return what + "; `hawser --help` lists them";
}

}  // namespace

int run(int argc, const char* const* argv) {
  command_line line("hawser", "hawser serves language models from your own machine.",
                    "hawser " HAWSER_VERSION " (" + std::string(embed::revision()) + ")");
  const command_parser app = line.root();
  app.footer(exit_codes);
  add_serve(app);
  add_generate(app);
  add_tokenize(app);
  add_inspect(app);
  add_perplexity(app);
  add_bench(app);
  add_load(app);
  add_quantize(app);
  add_check(app);
  add_devices(app);
  add_simulate(app);
  add_top(app);
  add_version(app);
  const std::string first = argc > 1 ? argv[1] : "";
  const auto commands = line.commands();
  if (!first.empty() && first.front() != '-' && std::ranges::find(commands, first) == commands.end())
    return complain(unknown_command(commands, first), exit_code::usage);
  const command_line::outcome read = line.read(argc, argv);
  if (read.over) return *read.over;
  if (read.wrong) return complain(*read.wrong, exit_code::usage);
  return carry_out(read.chosen);
}

}  // namespace hawser::cli
