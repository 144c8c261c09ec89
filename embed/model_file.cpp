#include "embed/model_file.hpp"

#include "embed/failure.hpp"

#include <cstdlib>
#include <filesystem>

namespace hawser::embed {

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

std::shared_ptr<const model::gguf_file> open_model(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    const bool is_default = path == default_model_path();
    throw failure(errc::model,
                  "model file " + path + " does not exist: " +
                      (is_default ? "`make model` fetches it, or name another GGUF file"
                                  : "name a GGUF file, or none for the one that `make model` fetches"));
  }
  if (std::filesystem::is_directory(path, ignored)) {
    throw failure(errc::model, path + " is a directory: name the GGUF file in it");
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

}  // namespace hawser::embed
