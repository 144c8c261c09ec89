/// From a model file to a backend that is ready for its first step.
#pragma once

#include "conf/settings.hpp"
#include "cpu/cpu_backend.hpp"
#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hawser::embed {

/// Bytes of keys and values that one sequence of `tokens` takes, whole pages counted.
[[nodiscard]] std::uint64_t kv_bytes_of(const model::decoder_spec& spec, std::uint64_t tokens,
                                        const cpu::cpu_options& options);

/// What a device may take.
struct device_memory {
  std::uint64_t limit = 0;   ///< as memory_request::limit
  std::uint64_t caches = 0;  ///< beside it: as memory_request::caches
  bool all_kv = false;       ///< fewer keys and values than are wanted are a failure
  std::function<void(const std::string& sentence)> warn{};  ///< of fewer, when they are none
};

/// Checks that it fits and makes the backend. options.kv_bytes is what is wanted. Throws failure and
/// model::failure.
[[nodiscard]] std::unique_ptr<model::backend> make_device(std::shared_ptr<const model::gguf_file> file,
                                                          const model::decoder_spec& spec,
                                                          cpu::cpu_options options,
                                                          const device_memory& memory);

/// A backend for exactly `seats` sequences of `context` tokens, for commands that drive it themselves.
[[nodiscard]] std::unique_ptr<model::backend>
make_offline_device(std::shared_ptr<const model::gguf_file> file, std::uint32_t seats, std::uint32_t context,
                    std::uint32_t step_tokens, const conf::cpu_settings& compute);

}  // namespace hawser::embed
