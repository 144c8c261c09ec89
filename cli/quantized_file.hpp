/// Writing a quantized model: every tensor turned into its planned type, on several threads.
#pragma once

#include "model/quantize_plan.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace hawser::cli {

/// Bytes read of all that there are to read. Called by one thread at a time.
using quantize_watch = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Writes `file` to `path` as planned; `type` is what the file says that it mostly holds. Memory beside the
/// mapped file does not grow with it. Throws failure: a tensor that holds what its new type cannot, a file
/// that cannot be written; nothing is left at `path` then, or what was there before.
void write_quantized(const model::gguf_file& file, model::tensor_type type,
                     std::span<const model::planned_tensor> plan, const std::string& path, unsigned threads,
                     const quantize_watch& seen);

}  // namespace hawser::cli
