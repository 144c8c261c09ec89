#include "test/gpu/device/subject.hpp"

#include "gpu/discovery.hpp"
#include "gpu/real_runtime.hpp"
#include "gpu/stand_in/cpu_kernels.hpp"
#include "gpu/stand_in/stand_in.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

namespace hawser::test {
namespace {

std::vector<std::byte> read_code(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw not_there{"the kernels are not compiled: gpu/compile_kernels.sh makes them"};
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(all.size());
  std::transform(all.begin(), all.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

subject stand_in_subject(const subject_wish& wish) {
  gpu::stand_in::reset({.memory = std::size_t{4} << 30});
  gpu::stand_in::add_cpu_kernels();
  return {.calls = &gpu::stand_in::calls(),
          .code = {},
          .name = "the stand-in, which is no device",
          .stand_in = true,
          .model = wish.model};
}

}  // namespace

subject open_subject(const subject_wish& wish) {
  if (wish.stand_in) return stand_in_subject(wish);
  // Never unloaded: threads of the runtime may live as long as the process.
  static const auto* const found = new gpu::found_runtime(gpu::find_runtime());
  const gpu::device_report report = gpu::find_devices(*found);
  if (report.why != gpu::obstacle::none) throw not_there{report.sentence};
  for (const gpu::device_facts& each : report.devices) {
    if (each.index != wish.device) continue;
    return {.calls = &found->calls,
            .device = each.index,
            .code = read_code(wish.code),
            .name = each.name + ", compute capability " + std::to_string(each.major) + "." +
                    std::to_string(each.minor) + ", " + std::to_string(each.multiprocessors) +
                    " multiprocessors, " + std::to_string(each.memory >> 20) + " MiB, driver for CUDA " +
                    gpu::print_version(report.driver),
            .model = wish.model};
  }
  throw not_there{"there is no device " + std::to_string(wish.device)};
}

void demand(const subject& on, gpu::cuda_error error, const char* what) {
  if (error == gpu::cuda_error::none) return;
  const char* const words = on.calls->describe(error);
  throw failed{std::string(what) + ": CUDA error " + std::to_string(static_cast<int>(error)) + ", " +
               (words != nullptr ? words : "")};
}

void finish(const subject& on, gpu::stream_handle stream) {
  gpu::event_handle event = nullptr;
  demand(on, on.calls->create_event(&event, gpu::event_without_timing), "cudaEventCreateWithFlags");
  demand(on, on.calls->record_event(event, stream), "cudaEventRecord");
  auto now = gpu::cuda_error::not_ready;
  while ((now = on.calls->query_event(event)) == gpu::cuda_error::not_ready) std::this_thread::yield();
  on.calls->destroy_event(event);
  demand(on, now, "the work of a stream");
}

}  // namespace hawser::test
