#include "gpu/discovery.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace hawser::gpu {
namespace {

constexpr const char* cpu_serves = "; until then the CPU serves";
constexpr const char* driver_needed = "driver 580 or newer (CUDA 13.0)";

device_report stop(device_report report, obstacle why, std::string sentence) {
  report.why = why;
  report.sentence = std::move(sentence) + cpu_serves;
  return report;
}

std::string number(cuda_error e) {
  return "CUDA error " + std::to_string(static_cast<int>(e));
}

std::string describe(const cuda_runtime& calls, cuda_error e) {
  const char* const text = calls.describe(e);
  return number(e) + (text != nullptr ? std::string(", ") + text : std::string());
}

constexpr const char* where_from =
    ": install it, or start the container with its devices (docker run --gpus all)";

device_report no_driver(device_report report) {
  return stop(std::move(report), obstacle::no_driver,
              std::string("no NVIDIA driver was found (libcuda.so.1 cannot be loaded), and hawser needs ") +
                  driver_needed + where_from);
}

device_report old_driver(device_report report, const std::string& code) {
  const std::string found =
      report.driver > 0 ? "it speaks CUDA " + print_version(report.driver) : "its version is not known";
  return stop(std::move(report), obstacle::old_driver,
              "the NVIDIA driver is too old (" + code + "): " + found + ", and hawser needs " +
                  driver_needed + ": update the driver and start again");
}

device_report no_device(device_report report, const std::string& code) {
  const std::string speaks = print_version(report.driver);
  return stop(std::move(report), obstacle::no_device,
              "the NVIDIA driver (CUDA " + speaks + ") shows no device (" + code +
                  "), and hawser needs one of compute capability 7.5 or newer: look at nvidia-smi, at "
                  "CUDA_VISIBLE_DEVICES and at the devices that the container was given");
}

/// Empty, or why the device cannot be used.
std::string look(const cuda_runtime& calls, device_facts& device) {
  std::array<char, device_properties_bytes> properties{};
  const auto ask = [&](device_attribute what, int& to) {
    return calls.attribute_of(&to, what, device.index);
  };
  const std::string who = "device " + std::to_string(device.index);
  for (const cuda_error e : {calls.device_properties(properties.data(), device.index),
                             ask(device_attribute::compute_major, device.major),
                             ask(device_attribute::compute_minor, device.minor),
                             ask(device_attribute::multiprocessors, device.multiprocessors)}) {
    if (e != cuda_error::none)
      return who + " does not answer (" + describe(calls, e) + "): look at nvidia-smi, and reset it";
  }
  constexpr std::size_t name_bytes = 256;
  device.name.assign(properties.data(), strnlen(properties.data(), name_bytes));
  if (std::pair(device.major, device.minor) < std::pair(least_major, least_minor))
    return who + ", " + device.name + ", has compute capability " + std::to_string(device.major) + "." +
           std::to_string(device.minor) +
           ", and hawser needs 7.5 or newer (Turing, 2018): use a newer one, or the CPU";
  cuda_error e = calls.set_device(device.index);
  if (e == cuda_error::none) e = calls.memory_info(&device.free_memory, &device.memory);
  if (e == cuda_error::none) return {};
  return who + ", " + device.name + ", cannot be opened (" + describe(calls, e) +
         "): see who else uses it with nvidia-smi, or choose others with CUDA_VISIBLE_DEVICES";
}

}  // namespace

const char* name_of(obstacle o) noexcept {
  switch (o) {
  case obstacle::none:
    return "none";
  case obstacle::no_library:
    return "no-library";
  case obstacle::no_runtime:
    return "no-runtime";
  case obstacle::no_driver:
    return "no-driver";
  case obstacle::old_driver:
    return "old-driver";
  case obstacle::no_device:
    return "no-device";
  case obstacle::old_devices:
    return "old-devices";
  case obstacle::failed:
    break;
  }
  return "failed";
}

std::string print_version(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string no_driver_sentence() {
  return no_driver({}).sentence;
}

device_report find_devices(const found_runtime& found) {
  device_report report;
  if (!found.missing.empty()) {
    if (!found.driver_file) return no_driver(std::move(report));
    return stop(std::move(report), obstacle::no_runtime,
                "the CUDA runtime cannot be used (" + found.missing +
                    "), and hawser needs libcudart.so.13: "
                    "install cuda-cudart-13-0, or put the folder that holds it into LD_LIBRARY_PATH");
  }
  const cuda_runtime& calls = found.calls;
  int count = 0;
  cuda_error e = calls.runtime_version(&report.runtime);
  if (e == cuda_error::none) e = calls.driver_version(&report.driver);
  if (e == cuda_error::none) {
    if (report.driver == 0) return no_driver(std::move(report));
    e = calls.device_count(&count);
  }
  if (e == cuda_error::insufficient_driver || (e == cuda_error::none && report.driver < cuda_major * 1000))
    return old_driver(std::move(report), number(cuda_error::insufficient_driver));
  if (e == cuda_error::no_device || (e == cuda_error::none && count == 0))
    return no_device(std::move(report), number(cuda_error::no_device));
  if (e != cuda_error::none)
    return stop(
        std::move(report), obstacle::failed,
        "the CUDA runtime " + print_version(report.runtime) + " failed (" + describe(calls, e) +
            "), and hawser needs it to answer: look at nvidia-smi and at the kernel's log, and restart "
            "the driver");
  for (int index = 0; index < count; ++index) {
    device_facts device{.index = index, .name = {}};
    std::string wrong = look(calls, device);
    if (wrong.empty())
      report.devices.push_back(std::move(device));
    else
      report.passed_over.push_back(std::move(wrong));
  }
  if (report.devices.empty()) {
    std::string first = report.passed_over.front();
    return stop(std::move(report), obstacle::old_devices, std::move(first));
  }
  report.why = obstacle::none;
  return report;
}

}  // namespace hawser::gpu
