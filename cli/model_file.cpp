#include "cli/model_file.hpp"

#include "cli/failure.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace hawser::cli {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::string default_model_path() {
  if (const std::string named = variable("HAWSER_MODEL"); !named.empty()) return named;
  std::filesystem::path models = variable("HAWSER_MODELS");
  if (models.empty()) models = std::filesystem::path(variable("HOME")) / ".cache" / "hawser" / "models";
  return models / "SmolLM2-135M-Instruct.Q4_1.gguf";
}

void add_model_argument(CLI::App& command, std::string& path) {
  command
      .add_option("MODEL", path,
                  "GGUF file; left out: $HAWSER_MODEL, else the model that `make model` fetched")
      ->type_name("FILE");
}

std::shared_ptr<const model::gguf_file> open_model(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    const bool is_default = path == default_model_path();
    throw failure(exit_code::model,
                  "model file " + path + " does not exist: " +
                      (is_default ? "`make model` fetches it, or name another GGUF file"
                                  : "name a GGUF file, or none for the one that `make model` fetches"));
  }
  if (std::filesystem::is_directory(path, ignored)) {
    throw failure(exit_code::model, path + " is a directory: name the GGUF file in it");
  }
  return model::gguf_file::open(path).value();
}

std::shared_ptr<const model::tokenizer> open_tokenizer(const model::gguf_file& file) {
  return model::tokenizer::make(model::read_vocabulary(file).value()).value();
}

std::string short_name(const std::string& path) {
  const std::filesystem::path file(path);
  return file.extension() == ".gguf" ? file.stem().string() : file.filename().string();
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
