#include "cli/commands.hpp"
#include "cli/model_argument.hpp"
#include "cli/text_flags.hpp"
#include "embed/model_file.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace hawser::cli {

namespace {

struct tokenize_flags {
  std::string model = embed::default_model_path();
  text_flags text;
  bool no_special = false;
  bool no_parse_special = false;
};

exit_code tokenize(const tokenize_flags& flags) {
  const auto words = embed::open_tokenizer(*embed::open_model(flags.model));
  const std::string text = flags.text.read();
  const auto ids =
      words->encode(text, {.add_special = !flags.no_special, .parse_special = !flags.no_parse_special});
  std::string line = "[";
  for (const model::token_id id : ids) {
    if (line.size() > 1) line += ", ";
    line += std::to_string(id);
  }
  std::cout << line << "]\n";
  return exit_code::ok;
}

}  // namespace

void add_tokenize(const command_parser& app) {
  const auto command =
      app.add_command("tokenize", "Turn text into the ids of a model's tokens, as one JSON array");
  auto flags = std::make_shared<tokenize_flags>();
  add_model_argument(command, flags->model);
  flags->text.add_to(command);
  command.add_flag("--no-special", flags->no_special,
                   "Add no begin or end token, also where the model wants one");
  command.add_flag(
      "--no-parse-special", flags->no_parse_special,
      "Take text such as <|im_end|> as letters; otherwise it becomes the control token of that name");
  command.footer("\nThe text is taken byte for byte: a newline at its end counts.");
  command.run([flags] { return tokenize(*flags); });
}

}  // namespace hawser::cli
