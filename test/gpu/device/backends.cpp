#include "test/gpu/device/backends.hpp"

#include "model/tokenizer.hpp"
#include "test/model/tiny_model.hpp"

namespace hawser::test {
namespace {

constexpr std::size_t kv_bytes = std::size_t{512} << 20;

template <class T>
T demand_made(model::result<T> made) {
  if (!made) throw failed{made.error().what};
  return std::move(*made);
}

}  // namespace

checked_model make_tiny(const std::string& family) {
  checked_model made{.name = "a small " + family,
                     .bytes = make_tiny_model({.family = family, .window = family == "gemma3" ? 8u : 0u}),
                     .file = nullptr,
                     .prompt = {10, 20, 30, 70, 80, 90, 101}};
  made.file = demand_made(model::gguf_file::parse(made.bytes, made.name));
  return made;
}

checked_model open_real(const std::string& path) {
  checked_model made{.name = path.substr(path.rfind('/') + 1),
                     .bytes = {},
                     .file = demand_made(model::gguf_file::open(path)),
                     .prompt = {}};
  const auto words = demand_made(model::tokenizer::make(demand_made(model::read_vocabulary(*made.file))));
  made.prompt =
      words->encode("A hawser is a thick rope that moors a ship. Sailors throw it to the quay, where");
  return made;
}

std::unique_ptr<rig> on_device(const subject& on, const checked_model& what, const backend_size& size) {
  const auto spec = demand_made(model::read_decoder_spec(*what.file));
  return std::make_unique<rig>(
      demand_made(gpu::make_gpu_backend(*on.calls, on.code, what.file, spec,
                                        {.device = on.device,
                                         .seats = size.seats,
                                         .step_tokens = size.step_tokens,
                                         .context = size.context,
                                         .kv_bytes = on.stand_in ? kv_bytes / 64 : kv_bytes})),
      size.context);
}

std::unique_ptr<rig> on_cpu(const checked_model& what, const backend_size& size) {
  return std::make_unique<rig>(what.file,
                               cpu::cpu_options{.seats = size.seats,
                                                .step_tokens = size.step_tokens,
                                                .context = size.context,
                                                .kv_bytes = what.bytes.empty() ? kv_bytes : kv_bytes / 64},
                               size.context);
}

}  // namespace hawser::test
