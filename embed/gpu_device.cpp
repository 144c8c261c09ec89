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
  if (text == "none") return {.none = true, .devices = {}};
  if (text == "auto") return {};
  const auto wrong = [&text] {
    return failure(errc::configuration,
                   "gpu.device is \"" + text +
                       "\", and it is auto, none, or the number of a device, such as 0, or of "
                       "several, such as 0,1 (hawser devices lists them)");
  };
  gpu_wish made;
  for (const char *at = text.data(), *const last = at + text.size();;) {
    int number = -1;
    const auto [end, error] = std::from_chars(at, last, number);
    if (error != std::errc{} || number < 0 || std::ranges::find(made.devices, number) != made.devices.end())
      throw wrong();
    made.devices.push_back(number);
    if (end == last) return made;
    if (*end != ',') throw wrong();
    at = end + 1;
  }
}

gpu_choice choose_gpus(const gpu_wish& wish, const gpu::device_report& found) {
  if (wish.none) return {};
  const auto& all = found.devices;
  if (found.why != gpu::obstacle::none || all.empty()) {
    if (!wish.devices.empty()) throw failure(errc::device, found.sentence + ", and gpu.device names one");
    return {.devices = {}, .why_not = found.sentence};
  }
  if (wish.devices.empty()) {
    const gpu::device_facts& first = *std::ranges::max_element(all, {}, &gpu::device_facts::free_memory);
    gpu_choice chosen{.devices = {first.index}, .why_not = {}};
    for (const gpu::device_facts& d : all) {
      if (d.index != first.index && d.name == first.name) chosen.devices.push_back(d.index);
    }
    return chosen;
  }
  const auto missing = std::ranges::find_if(wish.devices, [&all](int wanted) {
    return std::ranges::find(all, wanted, &gpu::device_facts::index) == all.end();
  });
  if (missing == wish.devices.end()) return {wish.devices, {}};
  std::string known;
  for (const gpu::device_facts& d : all)
    known += (known.empty() ? "" : "; ") + std::to_string(d.index) + ", " + d.name;
  std::string passed_over;
  for (const std::string& sentence : found.passed_over) passed_over += "; " + sentence;
  throw failure(errc::device, "gpu.device is " + std::to_string(*missing) +
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

gpu_devices make_gpu_devices(const std::shared_ptr<const model::gguf_file>& file,
                             const model::decoder_spec& spec, const conf::settings& all,
                             const gpu_words& words) {
  const gpu_wish wish = gpu_wish::read(all.gpu.device);
  const bool named = !wish.devices.empty();
  if (wish.none) return {};
  if (!named && !may_have_driver()) {
    if (words.say) words.say(gpu::no_driver_sentence());
    return {};
  }
  const auto library = std::make_shared<const gpu::library>(gpu::library::load());
  const gpu_choice choice = choose_gpus(wish, library->find());
  if (choice.devices.empty()) {
    if (words.warn) words.warn(choice.why_not);
    return {};
  }
  gpu_devices made;
  std::vector<gpu::gpu_options> of;
  for (const int device : choice.devices) {
    of.push_back(options_from(all, device, words));
    auto one = library->table()->make(file, spec, of.back());
    if (one) {
      made.backends.push_back(std::move(*one));
      continue;
    }
    of.pop_back();
    if (named)
      throw failure(one.error().cause == model::errc::over_limit ? errc::memory : errc::device,
                    one.error().what);
    const bool others = device != choice.devices.back() || !made.backends.empty();
    if (words.warn)
      words.warn(one.error().what + (others ? "; the other devices serve" : "; until then the CPU serves"));
  }
  // Its context is made anew, and all that the old backend had there is gone: so that one goes first.
  made.revive = [library, file, spec, of = std::move(of)](
                    std::uint32_t which,
                    std::unique_ptr<model::backend> old) -> model::result<std::unique_ptr<model::backend>> {
    old.reset();
    gpu::gpu_options again = of.at(which);
    again.reset = true;
    return library->table()->make(file, spec, again);
  };
  return made;
}

}  // namespace hawser::embed
