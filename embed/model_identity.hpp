/// What tells one loaded model from another.
#pragma once

#include "model/gguf.hpp"

#include <string>
#include <string_view>

namespace hawser::embed {

/// Equal for models that answer alike: SHA-256 over the metadata, the names, types and shapes of all tensors,
/// 64 bytes of every 64 KiB of their data, and `device` (kernels and cache types round differently). 64
/// hexadecimal digits. Reads one page in sixteen of the file.
[[nodiscard]] std::string model_identity(const model::gguf_file& file, std::string_view device);

}  // namespace hawser::embed
