/// A GPU as the device of a server: whether one is wanted, which, and why the CPU serves instead.
#pragma once

#include "conf/settings.hpp"
#include "gpu/discovery.hpp"
#include "gpu/gpu_backend.hpp"
#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace hawser::embed {

/// gpu.device: "auto", "none" or a number. Throws failure (errc::configuration) for anything else.
struct gpu_wish {
  bool none = false;
  std::optional<int> device;  ///< neither: whichever there is

  [[nodiscard]] static gpu_wish read(const std::string& text);
};

struct gpu_choice {
  std::optional<int> device;  ///< none: the CPU serves
  std::string why_not;        ///< a sentence, then
};

/// The device that is wanted, or the one with the most free memory. Pure. Throws failure (errc::device) when
/// the one that was named cannot serve.
[[nodiscard]] gpu_choice choose_gpu(const gpu_wish& wish, const gpu::device_report& found);

/// Null when the CPU is to serve: then `warn` was told why, unless gpu.device is "none" or there is no
/// driver. `say` is told that, as no more than a fact. Blocks while it loads. Throws failure when a device
/// was named.
struct gpu_words {
  std::function<void(const std::string& sentence)> say{};
  std::function<void(const std::string& sentence)> warn{};
};
[[nodiscard]] std::unique_ptr<model::backend> make_gpu_device(std::shared_ptr<const model::gguf_file> file,
                                                              const model::decoder_spec& spec,
                                                              const conf::settings& all,
                                                              const gpu_words& words);

}  // namespace hawser::embed
