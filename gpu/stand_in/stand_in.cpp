#include "gpu/stand_in/stand_in.hpp"

#include "gpu/stand_in/stand_in_stream.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace hawser::gpu {

// The objects behind the handles.
struct stream_object {
  int device = 0;
  stand_in::work_queue queue;
  std::vector<stand_in::operation>* captured = nullptr;
};
struct event_object {
  std::shared_ptr<stand_in::event_state> state = std::make_shared<stand_in::event_state>();
  int device = 0;
};
struct kernel_object {
  std::string name;
  stand_in::kernel_reader reader;
  std::size_t most_shared = 48 << 10;
};
struct kernel_library_object {
  std::vector<std::unique_ptr<kernel_object>> kernels;
};
struct graph_object {
  std::vector<stand_in::operation> work;
};
struct graph_program_object {
  std::vector<stand_in::operation> work;
};

}  // namespace hawser::gpu

namespace hawser::gpu::stand_in {
namespace {

constexpr int most_devices = 8;

struct block {
  std::size_t bytes = 0;
  int device = 0;
};

struct world {
  std::mutex guard;
  machine what;
  std::map<std::string, std::pair<int, cuda_error>> script;
  std::map<std::string, std::size_t> counts;
  std::map<std::string, kernel_reader> kernels;
  std::map<const std::byte*, block> device_memory;
  std::map<const std::byte*, block> pinned;
  std::array<std::size_t, most_devices> used{};
  std::vector<std::string> complaints;
  census living;
  std::array<std::atomic<int>, most_devices> sticky{};
};

world& all() {
  static world* const it = new world;
  return *it;
}

thread_local int current_device = 0;
thread_local bool capturing = false;

cuda_error sticky_of(int device) {
  return static_cast<cuda_error>(all().sticky[static_cast<std::size_t>(device)].load());
}

/// Every call passes here: counts it, and answers what the script, the driver or a broken device say.
cuda_error enter(const char* name, int device = -1) {
  world& w = all();
  const std::lock_guard lock(w.guard);
  ++w.counts[name];
  if (const auto it = w.script.find(name); it != w.script.end() && --it->second.first == 0) {
    const cuda_error e = it->second.second;
    w.script.erase(it);
    return e;
  }
  if (w.what.driver < 13000) return cuda_error::insufficient_driver;
  if (w.what.devices == 0) return cuda_error::no_device;
  return sticky_of(device < 0 ? current_device : device);
}

cuda_error complain(std::string what, cuda_error e = cuda_error::invalid_value) {
  world& w = all();
  const std::lock_guard lock(w.guard);
  w.complaints.push_back(std::move(what));
  return e;
}

bool holds(const std::map<const std::byte*, block>& blocks, const void* at, std::size_t bytes) {
  const auto* const from = static_cast<const std::byte*>(at);
  auto it = blocks.upper_bound(from);
  if (it == blocks.begin()) return false;
  --it;
  return from + bytes <= it->first + it->second.bytes;
}

/// A broken device does nothing more.
void give(stream_handle stream, operation work) {
  operation guarded = [device = stream->device, work = std::move(work)] {
    if (sticky_of(device) == cuda_error::none) work();
  };
  if (stream->captured != nullptr)
    stream->captured->push_back(std::move(guarded));
  else
    stream->queue.push(std::move(guarded));
}

#define HAWSER_STAND_IN_ENTER(...)                                                                           \
  if (const cuda_error entered = enter(__VA_ARGS__); entered != cuda_error::none) return entered

cuda_error driver_version(int* version) {
  world& w = all();
  const std::lock_guard lock(w.guard);
  *version = w.what.driver;
  return cuda_error::none;
}

cuda_error runtime_version(int* version) {
  *version = 13000;
  return cuda_error::none;
}

cuda_error device_count(int* count) {
  HAWSER_STAND_IN_ENTER("cudaGetDeviceCount");
  const std::lock_guard lock(all().guard);
  *count = all().what.devices;
  return cuda_error::none;
}

cuda_error check_device(int device) {
  const std::lock_guard lock(all().guard);
  return device >= 0 && device < all().what.devices ? cuda_error::none : cuda_error::invalid_device;
}

cuda_error device_properties(void* properties, int device) {
  HAWSER_STAND_IN_ENTER("cudaGetDeviceProperties");
  const std::string name = "Stand-in " + std::to_string(device);
  std::memcpy(properties, name.c_str(), name.size() + 1);
  return check_device(device);
}

cuda_error attribute_of(int* value, device_attribute what, int device) {
  HAWSER_STAND_IN_ENTER("cudaDeviceGetAttribute");
  if (const cuda_error e = check_device(device); e != cuda_error::none) return e;
  const std::lock_guard lock(all().guard);
  switch (what) {
  case device_attribute::warp_size:
    *value = 32;
    break;
  case device_attribute::multiprocessors:
    *value = 2;
    break;
  case device_attribute::compute_major:
    *value = all().what.major;
    break;
  case device_attribute::compute_minor:
    *value = all().what.minor;
    break;
  case device_attribute::most_shared_memory:
    *value = 99 << 10;
    break;
  }
  return cuda_error::none;
}

cuda_error set_device(int device) {
  HAWSER_STAND_IN_ENTER("cudaSetDevice", 0);
  const cuda_error e = check_device(device);
  if (e == cuda_error::none) current_device = device;
  return e;
}

// All that was on it is gone with its context, and so is the error.
cuda_error reset_device() {
  world& w = all();
  const std::lock_guard lock(w.guard);
  ++w.counts["cudaDeviceReset"];
  for (auto at = w.device_memory.begin(); at != w.device_memory.end();) {
    if (at->second.device != current_device) {
      ++at;
      continue;
    }
    w.living.device_bytes -= at->second.bytes;
    --w.living.allocations;
    std::free(const_cast<std::byte*>(at->first));
    at = w.device_memory.erase(at);
  }
  w.used[static_cast<std::size_t>(current_device)] = 0;
  w.sticky[static_cast<std::size_t>(current_device)] = 0;
  return cuda_error::none;
}

cuda_error memory_info(std::size_t* free, std::size_t* all_of_it) {
  HAWSER_STAND_IN_ENTER("cudaMemGetInfo");
  const std::lock_guard lock(all().guard);
  *all_of_it = all().what.memory;
  *free = all().what.memory - all().used[static_cast<std::size_t>(current_device)];
  return cuda_error::none;
}

cuda_error last_error() {
  return enter("cudaGetLastError");
}

cuda_error allocate(void** memory, std::size_t bytes) {
  HAWSER_STAND_IN_ENTER("cudaMalloc");
  if (capturing) return complain("cudaMalloc while a graph is captured", cuda_error::capture_unsupported);
  world& w = all();
  const std::lock_guard lock(w.guard);
  auto& used = w.used[static_cast<std::size_t>(current_device)];
  if (bytes > w.what.memory - used) return cuda_error::out_of_memory;
  *memory = std::malloc(std::max<std::size_t>(bytes, 1));
  // Not numbers: what is read before it was written shows.
  std::memset(*memory, 0xff, bytes);
  used += bytes;
  w.device_memory[static_cast<std::byte*>(*memory)] = {bytes, current_device};
  ++w.living.allocations;
  w.living.device_bytes += bytes;
  return cuda_error::none;
}

cuda_error release_memory(void* memory) {
  if (memory == nullptr) return cuda_error::none;
  world& w = all();
  const std::lock_guard lock(w.guard);
  ++w.counts["cudaFree"];
  const auto it = w.device_memory.find(static_cast<std::byte*>(memory));
  if (it == w.device_memory.end()) return cuda_error::invalid_value;
  w.used[static_cast<std::size_t>(it->second.device)] -= it->second.bytes;
  w.living.device_bytes -= it->second.bytes;
  --w.living.allocations;
  w.device_memory.erase(it);
  std::free(memory);
  return cuda_error::none;
}

cuda_error allocate_pinned(void** memory, std::size_t bytes, unsigned) {
  HAWSER_STAND_IN_ENTER("cudaHostAlloc");
  world& w = all();
  const std::lock_guard lock(w.guard);
  *memory = std::malloc(std::max<std::size_t>(bytes, 1));
  std::memset(*memory, 0xff, bytes);
  w.pinned[static_cast<std::byte*>(*memory)] = {bytes, 0};
  ++w.living.pinned;
  return cuda_error::none;
}

cuda_error release_pinned(void* memory) {
  if (memory == nullptr) return cuda_error::none;
  world& w = all();
  const std::lock_guard lock(w.guard);
  ++w.counts["cudaFreeHost"];
  if (w.pinned.erase(static_cast<std::byte*>(memory)) == 0) return cuda_error::invalid_value;
  --w.living.pinned;
  std::free(memory);
  return cuda_error::none;
}

void count(std::size_t census::* what, bool more) {
  const std::lock_guard lock(all().guard);
  std::size_t& n = all().living.*what;
  n = more ? n + 1 : n - 1;
}

cuda_error create_stream(stream_handle* stream, unsigned flags) {
  HAWSER_STAND_IN_ENTER("cudaStreamCreateWithFlags");
  if (flags != stream_non_blocking) return complain("a stream that waits for the legacy stream");
  *stream = new stream_object{.device = current_device, .queue = {}};
  count(&census::streams, true);
  return cuda_error::none;
}

cuda_error destroy_stream(stream_handle stream) {
  count(&census::streams, false);
  delete stream;
  return cuda_error::none;
}

cuda_error wait_event(stream_handle stream, event_handle event, unsigned) {
  HAWSER_STAND_IN_ENTER("cudaStreamWaitEvent", stream->device);
  stream->queue.push([state = event->state, n = event->state->recorded()] { state->wait_for(n); });
  return cuda_error::none;
}

cuda_error create_event(event_handle* event, unsigned flags) {
  HAWSER_STAND_IN_ENTER("cudaEventCreateWithFlags");
  if (flags != event_without_timing) return complain("an event with timing");
  *event = new event_object{.device = current_device};
  count(&census::events, true);
  return cuda_error::none;
}

cuda_error destroy_event(event_handle event) {
  count(&census::events, false);
  delete event;
  return cuda_error::none;
}

cuda_error record_event(event_handle event, stream_handle stream) {
  if (stream == nullptr) return complain("an event on the legacy stream");
  HAWSER_STAND_IN_ENTER("cudaEventRecord", stream->device);
  if (event->device != stream->device) return complain("an event of another device");
  stream->queue.push([state = event->state, n = event->state->record()] { state->reach(n); });
  return cuda_error::none;
}

cuda_error query_event(event_handle event) {
  HAWSER_STAND_IN_ENTER("cudaEventQuery", event->device);
  if (!event->state->over()) return cuda_error::not_ready;
  return sticky_of(event->device);
}

cuda_error check_copy(void* to, const void* from, std::size_t bytes, copy_direction direction) {
  world& w = all();
  const std::lock_guard lock(w.guard);
  const bool to_device = direction != copy_direction::device_to_host;
  const bool from_device = direction != copy_direction::host_to_device;
  if (to_device != holds(w.device_memory, to, bytes) || from_device != holds(w.device_memory, from, bytes)) {
    w.complaints.emplace_back("a copy whose direction is not that of its addresses");
    return cuda_error::invalid_value;
  }
  if ((!to_device && !holds(w.pinned, to, bytes)) || (!from_device && !holds(w.pinned, from, bytes))) {
    w.complaints.emplace_back("a copy of pageable memory, which waits");
    return cuda_error::invalid_value;
  }
  return cuda_error::none;
}

cuda_error copy(void* to, const void* from, std::size_t bytes, copy_direction direction,
                stream_handle stream) {
  if (stream == nullptr) return complain("a copy on the legacy stream");
  HAWSER_STAND_IN_ENTER("cudaMemcpyAsync", stream->device);
  if (const cuda_error e = check_copy(to, from, bytes, direction); e != cuda_error::none) return e;
  give(stream, [=] { std::memcpy(to, from, bytes); });
  return cuda_error::none;
}

cuda_error fill(void* to, int byte, std::size_t bytes, stream_handle stream) {
  if (stream == nullptr) return complain("a fill on the legacy stream");
  HAWSER_STAND_IN_ENTER("cudaMemsetAsync", stream->device);
  {
    const std::lock_guard lock(all().guard);
    if (!holds(all().device_memory, to, bytes)) return cuda_error::invalid_value;
  }
  give(stream, [=] { std::memset(to, byte, bytes); });
  return cuda_error::none;
}

cuda_error load_library(kernel_library_handle* library, const void*, int*, void**, unsigned, int*, void**,
                        unsigned) {
  HAWSER_STAND_IN_ENTER("cudaLibraryLoadData");
  *library = new kernel_library_object;
  return cuda_error::none;
}

cuda_error unload_library(kernel_library_handle library) {
  delete library;
  return cuda_error::none;
}

cuda_error find_kernel(kernel_handle* kernel, kernel_library_handle library, const char* name) {
  HAWSER_STAND_IN_ENTER("cudaLibraryGetKernel");
  world& w = all();
  const std::lock_guard lock(w.guard);
  const auto it = w.kernels.find(name);
  if (it == w.kernels.end()) return cuda_error::symbol_not_found;
  library->kernels.push_back(std::make_unique<kernel_object>(kernel_object{name, it->second}));
  *kernel = library->kernels.back().get();
  return cuda_error::none;
}

cuda_error set_kernel_attribute(kernel_handle kernel, kernel_attribute, int value, int) {
  HAWSER_STAND_IN_ENTER("cudaKernelSetAttributeForDevice");
  if (value < 0 || value > (99 << 10)) return cuda_error::invalid_value;
  kernel->most_shared = static_cast<std::size_t>(value);
  return cuda_error::none;
}

cuda_error launch_kernel(kernel_handle kernel, extent grid, extent block, void** arguments,
                         std::size_t shared, stream_handle stream) {
  if (stream == nullptr) return complain("a kernel on the legacy stream");
  HAWSER_STAND_IN_ENTER("cudaLaunchKernel", stream->device);
  const std::size_t threads = std::size_t{block.x} * block.y * block.z;
  const std::size_t blocks = std::size_t{grid.x} * grid.y * grid.z;
  if (threads == 0 || threads > 1024 || blocks == 0 || grid.y > 65535 || grid.z > 65535)
    return complain(kernel->name + ": a grid or block that no device takes");
  if (shared > kernel->most_shared) return complain(kernel->name + ": more shared memory than it asked for");
  give(stream, kernel->reader(grid, block, arguments, shared));
  return cuda_error::none;
}

cuda_error begin_capture(stream_handle stream, int) {
  HAWSER_STAND_IN_ENTER("cudaStreamBeginCapture", stream->device);
  if (stream->captured != nullptr) return complain("a capture within a capture");
  stream->captured = new std::vector<operation>;
  capturing = true;
  return cuda_error::none;
}

cuda_error end_capture(stream_handle stream, graph_handle* graph) {
  if (stream->captured == nullptr) return complain("the end of no capture");
  const std::unique_ptr<std::vector<operation>> work(std::exchange(stream->captured, nullptr));
  capturing = false;
  HAWSER_STAND_IN_ENTER("cudaStreamEndCapture", stream->device);
  *graph = new graph_object{std::move(*work)};
  count(&census::graphs, true);
  return cuda_error::none;
}

cuda_error make_program(graph_program_handle* program, graph_handle graph, unsigned long long) {
  HAWSER_STAND_IN_ENTER("cudaGraphInstantiate");
  *program = new graph_program_object{graph->work};
  count(&census::graphs, true);
  return cuda_error::none;
}

cuda_error destroy_graph(graph_handle graph) {
  count(&census::graphs, false);
  delete graph;
  return cuda_error::none;
}

cuda_error destroy_program(graph_program_handle program) {
  count(&census::graphs, false);
  delete program;
  return cuda_error::none;
}

cuda_error launch_program(graph_program_handle program, stream_handle stream) {
  HAWSER_STAND_IN_ENTER("cudaGraphLaunch", stream->device);
  for (const operation& each : program->work) stream->queue.push(each);
  return cuda_error::none;
}

const char* describe(cuda_error e) {
  switch (e) {
  case cuda_error::none:
    return "no error";
  case cuda_error::out_of_memory:
    return "out of memory";
  case cuda_error::illegal_address:
    return "an illegal memory access was encountered";
  default:
    return "an error of the stand-in";
  }
}

}  // namespace

void reset(const machine& what) {
  world& w = all();
  const std::lock_guard lock(w.guard);
  w.what = what;
  w.script.clear();
  w.counts.clear();
  w.complaints.clear();
  for (auto& each : w.sticky) each = 0;
  current_device = 0;
}

const cuda_runtime& calls() {
  static const cuda_runtime table{
      .driver_version = driver_version,
      .runtime_version = runtime_version,
      .device_count = device_count,
      .device_properties = device_properties,
      .attribute_of = attribute_of,
      .set_device = set_device,
      .reset_device = reset_device,
      .memory_info = memory_info,
      .last_error = last_error,
      .allocate = allocate,
      .release = release_memory,
      .allocate_pinned = allocate_pinned,
      .release_pinned = release_pinned,
      .create_stream = create_stream,
      .destroy_stream = destroy_stream,
      .wait_event = wait_event,
      .create_event = create_event,
      .destroy_event = destroy_event,
      .record_event = record_event,
      .query_event = query_event,
      .copy = copy,
      .fill = fill,
      .load_library = load_library,
      .unload_library = unload_library,
      .find_kernel = find_kernel,
      .set_kernel_attribute = set_kernel_attribute,
      .launch = launch_kernel,
      .begin_capture = begin_capture,
      .end_capture = end_capture,
      .make_program = make_program,
      .destroy_graph = destroy_graph,
      .destroy_program = destroy_program,
      .launch_program = launch_program,
      .describe = describe,
  };
  return table;
}

void hold(stream_handle stream) {
  stream->queue.hold();
}

void step(stream_handle stream, int n) {
  stream->queue.step(n);
}

void release(stream_handle stream) {
  stream->queue.release();
}

void fail_call(const std::string& name, cuda_error error, int nth) {
  const std::lock_guard lock(all().guard);
  all().script[name] = {nth, error};
}

void fault(stream_handle stream, cuda_error error) {
  stream->queue.push([device = static_cast<std::size_t>(stream->device), error] {
    all().sticky[device] = static_cast<int>(error);
  });
}

void run(stream_handle stream, std::function<void()> work) {
  give(stream, std::move(work));
}

bool idle(stream_handle stream) {
  return stream->queue.idle();
}

census alive() {
  const std::lock_guard lock(all().guard);
  return all().living;
}

std::size_t count_of(const std::string& name) {
  const std::lock_guard lock(all().guard);
  const auto it = all().counts.find(name);
  return it == all().counts.end() ? 0 : it->second;
}

std::vector<std::string> complaints() {
  const std::lock_guard lock(all().guard);
  return all().complaints;
}

void add_kernel(const std::string& name, kernel_reader reader) {
  const std::lock_guard lock(all().guard);
  all().kernels[name] = std::move(reader);
}

}  // namespace hawser::gpu::stand_in
