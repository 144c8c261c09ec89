/// Finding and opening the model that a command works on.
#pragma once

#include "model/gguf.hpp"
#include "model/tokenizer.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace hawser::cli {

/// $HAWSER_MODEL, else the small model that `make run` fetches (in $HAWSER_MODELS or ~/.cache/hawser/models).
[[nodiscard]] std::string default_model_path();

/// Adds the positional MODEL; left out, it is default_model_path().
void add_model_argument(CLI::App& command, std::string& path);

/// Throws failure (exit_code::model) with a sentence that says how to get a model.
[[nodiscard]] std::shared_ptr<const model::gguf_file> open_model(const std::string& path);

/// Vocabulary-only files will do.
[[nodiscard]] std::shared_ptr<const model::tokenizer> open_tokenizer(const model::gguf_file& file);

/// "SmolLM2-135M-Instruct.Q4_1" of ".../SmolLM2-135M-Instruct.Q4_1.gguf".
[[nodiscard]] std::string short_name(const std::string& path);

/// The whole file, or standard input for "-". Throws failure (exit_code::usage).
[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace hawser::cli
