/// GPUs as the devices of a server: whether they are wanted, which, and why the CPU serves instead.
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
#include <string>
#include <vector>

namespace hawser::embed {

/// gpu.device: "auto", "none", or numbers with commas between them. Throws failure (errc::configuration) for
/// anything else.
struct gpu_wish {
  bool none = false;
  std::vector<int> devices;  ///< neither: whichever there are

  [[nodiscard]] static gpu_wish read(const std::string& text);
};

struct gpu_choice {
  std::vector<int> devices;  ///< none: the CPU serves
  std::string why_not;       ///< a sentence, then
};

/// The devices that are wanted, or the one with the most free memory and all others of its name: each serves
/// by itself, so that a slower one would only make those wait who are sent to it. Pure. Throws failure
/// (errc::device) when one that was named cannot serve.
[[nodiscard]] gpu_choice choose_gpus(const gpu_wish& wish, const gpu::device_report& found);

/// Devices that do the same. Empty when the CPU is to serve: then `warn` was told why, unless gpu.device is
/// "none" or there is no driver. `say` is told that, as no more than a fact. Blocks while it loads. Throws
/// failure when a device was named.
struct gpu_words {
  std::function<void(const std::string& sentence)> say{};
  std::function<void(const std::string& sentence)> warn{};
};
struct gpu_devices {
  std::vector<std::unique_ptr<model::backend>> backends;
  /// Makes one of them anew, when it broke. Blocks while it loads.
  std::function<model::result<std::unique_ptr<model::backend>>(std::uint32_t which,
                                                               std::unique_ptr<model::backend> old)>
      revive{};
};
[[nodiscard]] gpu_devices make_gpu_devices(const std::shared_ptr<const model::gguf_file>& file,
                                           const model::decoder_spec& spec, const conf::settings& all,
                                           const gpu_words& words);

}  // namespace hawser::embed
