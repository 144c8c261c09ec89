#include "cli/commands.hpp"
#include "conf/error.hpp"
#include "conf/key.hpp"
#include "model/error.hpp"

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>

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
std::string unknown_command(const CLI::App& app, const std::string& name) {
  const std::string what = "unknown command \"" + name + "\"";
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (conf::edit_distance(name, sub->get_name()) <= 2)
      return what + ": did you mean \"" + sub->get_name() + "\"?";
  }
  return what + "; `hawser --help` lists them";
}

bool is_command(const CLI::App& app, const std::string& name) {
  return !app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == name; }).empty();
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app("hawser serves language models from your own machine.", "hawser");
  app.footer(exit_codes);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  action chosen;
  add_serve(app, chosen);
  add_generate(app, chosen);
  add_tokenize(app, chosen);
  add_inspect(app, chosen);
  add_perplexity(app, chosen);
  add_bench(app, chosen);
  add_load(app, chosen);
  add_quantize(app, chosen);
  add_check(app, chosen);
  add_simulate(app, chosen);
  add_top(app, chosen);
  add_version(app, chosen);
  app.set_version_flag("--version", "hawser " HAWSER_VERSION);
  const std::string first = argc > 1 ? argv[1] : "";
  if (!first.empty() && first.front() != '-' && !is_command(app, first)) {
    return complain(unknown_command(app, first), exit_code::usage);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    std::string command = "hawser";
    for (const CLI::App* sub : app.get_subcommands()) command += " " + sub->get_name();
    return complain(std::string(e.what()) + "; `" + command + " --help` shows what it takes",
                    exit_code::usage);
  }
  return carry_out(chosen);
}

}  // namespace hawser::cli
