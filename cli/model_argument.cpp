#include "cli/model_argument.hpp"

#include "cli/failure.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace hawser::cli {

void add_model_argument(const command_parser& command, std::string& path) {
  command
      .add_option("MODEL", path,
                  "GGUF file; left out: $HAWSER_MODEL, else the model that `make model` fetched")
      .type_name("FILE");
}

std::string read_text(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  const auto cannot = [&](const std::string& why) {
    return failure(exit_code::usage, "the file " + path + " cannot be read: " + why);
  };
  // A directory opens, and throws only when it is read.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw cannot("it is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw cannot(std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace hawser::cli
