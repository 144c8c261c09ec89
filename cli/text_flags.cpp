#include "cli/text_flags.hpp"

#include "cli/model_argument.hpp"

namespace hawser::cli {

void text_flags::add_to(const command_parser& command) {
  given_ = command.add_option("-p,--prompt", text_, "The text itself").type_name("TEXT");
  command.add_option("--file", file_, "Read the text from a file; without --file and -p: from standard input")
      .type_name("FILE")
      .excludes(*given_);
}

std::string text_flags::read() const {
  return given_->given() ? text_ : read_text(file_);
}

}  // namespace hawser::cli
