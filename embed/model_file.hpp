/// Finding and opening a model.
#pragma once

#include "model/gguf.hpp"
#include "model/tokenizer.hpp"

#include <memory>
#include <string>

namespace hawser::embed {

/// $HAWSER_MODEL, else the small model that `make run` fetches (in $HAWSER_MODELS or ~/.cache/hawser/models).
[[nodiscard]] std::string default_model_path();

/// Throws failure (errc::model) with a sentence that says how to get a model.
[[nodiscard]] std::shared_ptr<const model::gguf_file> open_model(const std::string& path);

/// Vocabulary-only files will do.
[[nodiscard]] std::shared_ptr<const model::tokenizer> open_tokenizer(const model::gguf_file& file);

/// "SmolLM2-135M-Instruct.Q4_1" of ".../SmolLM2-135M-Instruct.Q4_1.gguf".
[[nodiscard]] std::string short_name(const std::string& path);

}  // namespace hawser::embed
