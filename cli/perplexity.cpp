#include "cli/commands.hpp"
#include "cli/compute_flags.hpp"
#include "cli/model_argument.hpp"
#include "cli/perplexity_meter.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"
#include "embed/device.hpp"
#include "embed/model_file.hpp"
#include "embed/offline_runner.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

struct perplexity_flags {
  std::string model = embed::default_model_path();
  std::string file;
  std::uint32_t context = 512;
  conf::cpu_settings cpu;
  std::uint32_t chunks = 0;
};

exit_code measure(const perplexity_flags& flags) {
  const auto file = embed::open_model(flags.model);
  const auto words = embed::open_tokenizer(*file);
  const perplexity_meter meter(*words, read_text(flags.file), flags.context, flags.chunks);
  embed::offline_runner runner(embed::make_offline_device(file, meter.together(), flags.context,
                                                          perplexity_meter::step_tokens, flags.cpu),
                               meter.together(), flags.context);
  progress_bar bar("measuring");
  const perplexity found = meter.measure(runner, [&](std::size_t done, const perplexity& so_far) {
    bar.show(done, meter.windows(), "perplexity " + print_number(so_far.value, 4));
  });
  std::cout << meter.windows() << " windows of " << flags.context << " tokens, standard error "
            << print_number(found.error, 4) << "\nperplexity " << print_number(found.value, 4) << '\n';
  return exit_code::ok;
}

}  // namespace

void add_perplexity(const command_parser& app) {
  const auto command = app.add_command("perplexity", "Measure how well a model predicts a text");
  auto flags = std::make_shared<perplexity_flags>();
  add_model_argument(command, flags->model);
  command.add_option("--file", flags->file, "The text, UTF-8; -: standard input")
      .type_name("FILE")
      .required();
  command.add_option("--context", flags->context, "Tokens of a window").within(4, 1 << 20).default_shown();
  command.add_option("--chunks", flags->chunks, "Only the first windows; 0: all")
      .within(0, 1 << 30)
      .default_shown();
  add_compute_flags(command, flags->cpu);
  command.footer(
      "\nThe tokens of the text are cut into windows that do not overlap; a rest shorter than a window is "
      "left out.\n"
      "In each window the tokens of the second half are scored with all before them in the window, as\n"
      "llama.cpp's llama-perplexity does; the begin token takes the place of a window's first token when "
      "the\n"
      "model wants one. The last number printed is the perplexity.");
  command.run([flags] { return measure(*flags); });
}

}  // namespace hawser::cli
