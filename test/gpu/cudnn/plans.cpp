/// Finalises cuDNN's plans for attention over our pages, for devices that are not here: plans FILE.json...
/// Prints the bytes of workspace of each shape and device. Exits with 0; with 1 when a plan is missing, or
/// one is there that should not be; with 77 where there is no cuDNN.
#include "gpu/attention_cudnn.hpp"
#include "gpu/real_runtime.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace hawser;

constexpr int skipped = 77;
constexpr int page_tokens = 32;  // scheduling's own
constexpr int context = 4096;
constexpr int decoded = 32;  // sequences of a step
constexpr int chunk = 512;   // rows of a prompt in a step

/// A layer of a model, and how many share its page group.
struct layer_kind {
  const char* name;
  int heads, kv_heads, dim, layers;
  int window = 0;
  float soft_cap = 0.0f;
};

constexpr layer_kind kinds[] = {{"llama, SmolLM2 135M", 9, 3, 64, 30},
                                {"llama, 3.1 8B", 32, 8, 128, 32},
                                {"qwen2, 2.5 0.5B", 14, 2, 64, 24},
                                {"qwen2, 2.5 7B", 28, 4, 128, 28},
                                {"qwen3, 0.6B", 16, 8, 128, 28},
                                {"gemma3, 1B, full", 4, 1, 256, 4},
                                {"gemma3, 1B, window 512", 4, 1, 256, 22, 512},
                                {"gemma3, 4B, full", 8, 4, 256, 5},
                                {"gemma3, 4B, window 1024", 8, 4, 256, 29, 1024},
                                {"soft cap 50", 8, 4, 256, 13, 0, 50.0f},
                                {"soft cap 50, window 1024", 8, 4, 256, 13, 1024, 50.0f}};

struct device_file {
  std::string name;
  gpu::cudnn_device told;
};

gpu::attention_shape shape_of(const layer_kind& k, int sequences, int rows, int tokens = page_tokens) {
  const int table = context / tokens;
  return {.sequences = sequences,
          .rows = rows,
          .heads = k.heads,
          .kv_heads = k.kv_heads,
          .dim = k.dim,
          .page_tokens = tokens,
          .pages = std::int64_t{decoded} * table,
          .page_stride = std::int64_t{2} * k.layers * k.kv_heads * tokens * k.dim,
          .table_pages = table,
          .window = k.window,
          .soft_cap = k.soft_cap};
}

device_file read_device(const char* path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const boost::json::value all = boost::json::parse(text);
  const boost::json::value& properties = all.at("properties");
  return {std::string(properties.at("deviceName").as_string()),
          {boost::json::serialize(properties), static_cast<int>(properties.at("deviceVer").as_int64() / 10)}};
}

/// Finalised, written, and read again; a number, or why not.
std::string finalise(const gpu::attention_shape& shape, const gpu::cudnn_device& device, std::string& wrong) {
  const auto made = gpu::cudnn_attention::make(shape, device);
  if (!made) return wrong = made.error().what, "none";
  const auto bytes = made->serialise();
  if (!bytes) return wrong = bytes.error().what, "unwritten";
  const auto again = gpu::cudnn_attention::read(*bytes, device);
  if (!again) return wrong = again.error().what, "unread";
  if (again->workspace_bytes() != made->workspace_bytes())
    return wrong = "what was read wants " + std::to_string(again->workspace_bytes()) + " bytes", "changed";
  return std::to_string(made->workspace_bytes());
}

/// A plan for `from` on `to`.
std::string read_foreign(const gpu::cudnn_device& from, const gpu::cudnn_device& to, std::string& wrong) {
  const auto made = gpu::cudnn_attention::make(shape_of(kinds[1], 1, chunk), from);
  if (!made) return "none";
  const auto bytes = made->serialise();
  if (!bytes) return "unwritten";
  const auto read = gpu::cudnn_attention::read(*bytes, to);
  if (!read) return wrong = read.error().what, "none";
  return std::to_string(read->workspace_bytes());
}

class table {
 public:
  explicit table(const std::vector<device_file>& devices) : devices_(devices) {
    std::printf("%-34s", "bytes of workspace");
    for (const device_file& d : devices_)
      std::printf(" %9s", ("sm_" + std::to_string(d.told.compute)).c_str());
    std::printf("\n");
  }

  /// `finalises` (device, wrong) gives what stands in its column, and what is wrong.
  template <class Finalises>
  void row(const std::string& name, bool fits, Finalises finalises) {
    std::printf("%-34s", name.c_str());
    std::vector<std::string> notes;
    for (const device_file& d : devices_) {
      std::string wrong;
      std::printf(" %9s", finalises(d.told, wrong).c_str());
      std::fflush(stdout);
      ++plans_;
      if (wrong.empty() == fits) continue;
      ++failures_;
      notes.push_back(d.name + ": " + (fits ? wrong : "it was to be refused, and fits"));
    }
    std::printf("\n");
    for (const std::string& each : notes) std::printf("  %s\n", each.c_str());
  }

  [[nodiscard]] int plans() const noexcept { return plans_; }
  [[nodiscard]] int failures() const noexcept { return failures_; }

 private:
  const std::vector<device_file>& devices_;
  int plans_ = 0;
  int failures_ = 0;
};

}  // namespace

int main(int count, char** paths) {
  const auto found = gpu::find_cudnn();
  if (!found) {
    std::printf("no plans: %s\n", found.error().what.c_str());
    return skipped;
  }
  if (!gpu::shared_library({"libcuda.so.1"})) {
    std::printf("no plans: cuDNN asks libcuda.so.1 for the loading of code, and there is neither a driver "
                "nor the toolkit's stub, "
                "from which the test's own is made\n");
    return skipped;
  }
  const auto started = std::chrono::steady_clock::now();
  std::vector<device_file> devices;
  for (int i = 1; i < count; ++i) devices.push_back(read_device(paths[i]));
  if (devices.empty()) return std::printf("usage: gpu_cudnn_plans FILE.json...\n"), 2;
  std::sort(devices.begin(), devices.end(),
            [](const device_file& a, const device_file& b) { return a.told.compute < b.told.compute; });
  table all(devices);
  const auto of = [](const gpu::attention_shape& shape) {
    return [shape](const gpu::cudnn_device& device, std::string& wrong) {
      return finalise(shape, device, wrong);
    };
  };
  for (const layer_kind& k : kinds) {
    all.row(k.name + std::string(", decode"), true, of(shape_of(k, decoded, 1)));
    all.row(k.name + std::string(", prefill"), true, of(shape_of(k, 1, chunk)));
  }
  all.row("pages of 24 tokens: refused", false, of(shape_of(kinds[1], decoded, 1, 24)));
  const gpu::cudnn_device* before = &devices.back().told;
  all.row("another device's plan: refused", false, [&](const gpu::cudnn_device& device, std::string& wrong) {
    return read_foreign(*std::exchange(before, &device), device, wrong);
  });
  const auto took =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started);
  std::printf("cuDNN %d: %d of %d as they should be, %lld s\n", *found, all.plans() - all.failures(),
              all.plans(), static_cast<long long>(took.count()));
  return all.failures() == 0 ? 0 : 1;
}
