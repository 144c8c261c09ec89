#include "embed/device.hpp"

#include "embed/failure.hpp"
#include "embed/memory_plan.hpp"
#include "embed/server_options.hpp"

#include <algorithm>

namespace hawser::embed {

namespace {

std::uint64_t weight_bytes(const model::gguf_file& file) {
  std::uint64_t sum = 0;
  for (const model::tensor_view& t : file.tensors()) sum += t.data.size();
  // Packing pads rows to whole blocks.
  return sum + sum / 20;
}

/// Activations of a step: the residual stream and its norm, heads, the feed-forward layer, in floats, with as
/// much again for their quantized forms; and logits for some rows.
std::uint64_t scratch_bytes(const model::decoder_spec& spec, std::uint32_t step_tokens) {
  const std::uint64_t row =
      4ull * spec.width + 2ull * (spec.q_width() + 2 * spec.kv_width()) + 3ull * spec.feed_forward;
  constexpr std::uint64_t logit_rows = 64;
  return 2 * sizeof(float) * row * step_tokens + logit_rows * sizeof(float) * spec.vocabulary;
}

/// What the backend says about its options is not the model file's fault.
std::unique_ptr<model::backend> value_of(model::result<std::unique_ptr<model::backend>> made) {
  if (made.has_error() && made.error().cause == model::errc::bad_argument) {
    throw failure(errc::configuration, made.error().what);
  }
  if (made.has_error() && made.error().cause == model::errc::over_limit) {
    throw failure(errc::memory, made.error().what);
  }
  return std::move(made).value();
}

}  // namespace

std::uint64_t kv_bytes_of(const model::decoder_spec& spec, std::uint64_t tokens,
                          const cpu::cpu_options& options) {
  const std::uint64_t page_tokens = options.page_tokens;
  const auto pages = [&](std::uint64_t count) { return (count + page_tokens - 1) / page_tokens; };
  // Heads are padded to 16 dimensions.
  const std::uint64_t page =
      2ull * spec.kv_heads * cpu::kv_half_bytes(options.kv, (spec.head_dim + 15) / 16 * 16, page_tokens);
  std::uint64_t sum = 0;
  for (const model::layer_spec& layer : spec.layer) {
    const std::uint64_t seen = std::min(tokens, std::uint64_t{layer.window} + options.step_tokens);
    sum += (layer.window == 0 ? pages(tokens) : pages(seen) + 2) * page;
  }
  return sum;
}

std::unique_ptr<model::backend> make_device(std::shared_ptr<const model::gguf_file> file,
                                            const model::decoder_spec& spec, cpu::cpu_options options,
                                            const device_memory& memory) {
  // Less than this is no use to anybody.
  constexpr std::uint64_t least_context = 512;
  const std::uint64_t context = options.context != 0 ? options.context : spec.context;
  const std::uint64_t one = kv_bytes_of(spec, std::min(context, least_context), options);
  const memory_request ask{.weights = weight_bytes(*file),
                           .scratch = scratch_bytes(spec, options.step_tokens),
                           .wanted_kv = options.kv_bytes,
                           .least_kv = memory.all_kv ? options.kv_bytes : one,
                           .limit = memory.limit,
                           .available = available_memory(),
                           .caches = memory.caches,
                           .useful_kv = options.seats * kv_bytes_of(spec, context, options)};
  options.kv_bytes = plan_kv(ask);
  if (const std::string less = kv_warning(ask, options.kv_bytes); !less.empty() && memory.warn)
    memory.warn(less);
  // The backend takes no more pages than its seats can use, and shares them out by group: more bytes do no
  // harm here.
  if (memory.all_kv) options.kv_bytes *= model::max_page_groups;
  return value_of(cpu::make_cpu_backend(std::move(file), spec, options));
}

std::unique_ptr<model::backend> make_offline_device(std::shared_ptr<const model::gguf_file> file,
                                                    std::uint32_t seats, std::uint32_t context,
                                                    std::uint32_t step_tokens,
                                                    const conf::cpu_settings& compute) {
  const auto spec = model::read_decoder_spec(*file).value();
  conf::settings all;
  all.cpu = compute;
  all.scheduling.seats = seats;
  all.scheduling.step_tokens = step_tokens;
  all.model.context = context;
  cpu::cpu_options options = cpu_options_from(all);
  options.kv_bytes = kv_bytes_of(spec, context, options) * seats;
  return make_device(std::move(file), spec, options, {.all_kv = true});
}

}  // namespace hawser::embed
