// A GPU library for tests: its device is simulated, its kernels run on the CPU.
//
// HAWSER_SIMULATED_GPU is a script of words: memory=BYTES; fail=CALL:NTH:ERROR, the nth call of a CUDA name
// answers this number, counted from the first backend on; driver=VERSION, 0 for none; devices=COUNT.
#include "gpu/border.hpp"
#include "gpu/stand_in/cpu_kernels.hpp"

#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>

namespace hawser::gpu {
namespace {

struct script {
  stand_in::machine machine;
  std::string call;
  int nth = 0;
  cuda_error error{};
};

script read_script() {
  script made;
  const char* const text = std::getenv("HAWSER_SIMULATED_GPU");
  std::istringstream words(text != nullptr ? text : "");
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "memory") made.machine.memory = std::stoull(value);
    if (name == "driver") made.machine.driver = std::stoi(value);
    if (name == "devices") made.machine.devices = std::stoi(value);
    if (name != "fail") continue;
    std::istringstream parts(value);
    std::string nth, error;
    std::getline(std::getline(std::getline(parts, made.call, ':'), nth, ':'), error);
    made.nth = std::stoi(nth);
    made.error = static_cast<cuda_error>(std::stoi(error));
  }
  return made;
}

const script& simulated() {
  static const script once = [] {
    script made = read_script();
    stand_in::reset(made.machine);
    stand_in::add_cpu_kernels();
    return made;
  }();
  return once;
}

device_report find() {
  (void)simulated();
  found_runtime found;
  found.calls = stand_in::calls();
  found.driver_file = true;
  return find_devices(found);
}

model::result<std::unique_ptr<model::backend>> make(std::shared_ptr<const model::gguf_file> file,
                                                    const model::decoder_spec& spec,
                                                    const gpu_options& options) {
  const script& is = simulated();
  static std::once_flag once;
  std::call_once(once, [&is] {
    if (!is.call.empty()) stand_in::fail_call(is.call, is.error, is.nth);
  });
  return make_gpu_backend(stand_in::calls(), {}, std::move(file), spec, options);
}

const border table{.abi = border_abi, .build = HAWSER_GPU_BUILD, .find = find, .make = make};

}  // namespace
}  // namespace hawser::gpu

extern "C" __attribute__((visibility("default"))) const hawser::gpu::border* hawser_gpu_border();

extern "C" const hawser::gpu::border* hawser_gpu_border() {
  return &hawser::gpu::table;
}
