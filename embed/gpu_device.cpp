#include "embed/gpu_device.hpp"

#include "embed/failure.hpp"
#include "embed/server_options.hpp"
#include "gpu/library.hpp"
#include "gpu/real_runtime.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace hawser::embed {

gpu_wish gpu_wish::read(const std::string& text) {
  if (text == "none") return {.none = true, .device = {}};
  if (text == "auto") return {};
  int number = -1;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc{} || end != text.data() + text.size() || number < 0)
    throw failure(errc::configuration, "gpu.device is \"" + text +
                                           "\", and it is auto, none, or the number of a device, such as 0 "
                                           "(hawser devices lists them)");
  return {.none = false, .device = number};
}

gpu_choice choose_gpu(const gpu_wish& wish, const gpu::device_report& found) {
  if (wish.none) return {};
  const auto& all = found.devices;
  if (found.why != gpu::obstacle::none || all.empty()) {
    if (wish.device) throw failure(errc::device, found.sentence + ", and gpu.device names one");
    return {.device = {}, .why_not = found.sentence};
  }
  if (!wish.device)
    return {.device = std::ranges::max_element(all, {}, &gpu::device_facts::free_memory)->index,
            .why_not = {}};
  if (std::ranges::find(all, *wish.device, &gpu::device_facts::index) != all.end()) return {wish.device, {}};
  std::string known;
  for (const gpu::device_facts& d : all)
    known += (known.empty() ? "" : "; ") + std::to_string(d.index) + ", " + d.name;
  std::string passed_over;
  for (const std::string& sentence : found.passed_over) passed_over += "; " + sentence;
  throw failure(errc::device, "gpu.device is " + std::to_string(*wish.device) +
                                  ", and the devices that can serve are " + known + passed_over +
                                  ": name one of them, or auto");
}

namespace {

// The libraries of CUDA take 150 MB: where there is no driver they are not even looked for.
bool may_have_driver() {
  const char* const named = std::getenv("HAWSER_GPU_LIBRARY");
  return (named != nullptr && *named != '\0') || gpu::shared_library({"libcuda.so.1"});
}

gpu::gpu_options options_from(const conf::settings& all, int device, const gpu_words& words) {
  const cpu::cpu_options shape = cpu_options_from(all);
  gpu::gpu_options made;
  made.device = device;
  made.seats = shape.seats;
  made.step_tokens = shape.step_tokens;
  made.context = shape.context;
  made.page_tokens = shape.page_tokens;
  made.memory = all.gpu.memory;
  if (words.warn) made.warn = words.warn;
  return made;
}

}  // namespace

std::unique_ptr<model::backend> make_gpu_device(std::shared_ptr<const model::gguf_file> file,
                                                const model::decoder_spec& spec, const conf::settings& all,
                                                const gpu_words& words) {
  const gpu_wish wish = gpu_wish::read(all.gpu.device);
  if (wish.none) return nullptr;
  if (!wish.device && !may_have_driver()) {
    if (words.say) words.say(gpu::no_driver_sentence());
    return nullptr;
  }
  const gpu::library library = gpu::library::load();
  const gpu_choice choice = choose_gpu(wish, library.find());
  if (!choice.device) {
    if (words.warn) words.warn(choice.why_not);
    return nullptr;
  }
  auto made = library.table()->make(std::move(file), spec, options_from(all, *choice.device, words));
  if (made) return std::move(*made);
  if (wish.device)
    throw failure(made.error().cause == model::errc::over_limit ? errc::memory : errc::device,
                  made.error().what);
  if (words.warn) words.warn(made.error().what + "; until then the CPU serves");
  return nullptr;
}

}  // namespace hawser::embed
