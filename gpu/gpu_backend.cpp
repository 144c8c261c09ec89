#include "gpu/gpu_backend.hpp"

#include "gpu/device_room.hpp"
#include "gpu/error.hpp"
#include "gpu/step_runner.hpp"
#include "gpu/weight_loading.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hawser::gpu {
namespace {

namespace asio = boost::asio;

model::error refuse(std::string what) {
  return {model::errc::bad_argument, std::move(what)};
}

/// The shell: one thread that lays steps out, gives them to the device and reads what came back.
class gpu_backend final : public model::backend {
 public:
  gpu_backend(std::unique_ptr<device_lanes> lanes, std::shared_ptr<step_memory> memory,
              model::backend_capacity capacity)
      : lanes_(std::move(lanes)), capacity_(std::move(capacity)),
        runner_(*lanes_, std::move(memory), capacity_), work_(lanes_->io.get_executor()),
        thread_([this] { lanes_->io.run(); }) {}

  ~gpu_backend() override {
    work_.reset();
    thread_.join();
  }

  const model::backend_capacity& capacity() const noexcept override { return capacity_; }

  void start(const model::step_plan& plan, model::step_result& result, done on_done) override {
    spawn(runner_.run(plan, result), std::move(on_done));
  }

  void warm_up(done on_done) override { spawn(run_warm_up(), std::move(on_done)); }

  model::backend_memory memory() const noexcept override {
    const decoder& d = runner_.memory().model;
    return {.weights = d.weight_bytes(),
            .kv = d.kv_bytes(),
            .scratch = d.scratch_bytes() + runner_.memory().bytes,
            .apart = true};
  }

 private:
  void spawn(asio::awaitable<void> what, done on_done) {
    asio::co_spawn(lanes_->io, std::move(what), [on_done = std::move(on_done)](std::exception_ptr broken) {
      if (broken) std::rethrow_exception(broken);
      on_done();
    });
  }

  /// A prompt of a page, then one token: no sequence has pages yet.
  asio::awaitable<void> run_warm_up() {
    const model::page_id page = 0;
    const model::sampling_params greedy;
    const std::vector<model::token_id> tokens(std::min(capacity_.step_tokens, capacity_.page_tokens), 0);
    model::sequence_step s;
    s.tokens = tokens;
    s.opening = &greedy;
    s.output = model::step_output::token;
    for (std::size_t g = 0; g < capacity_.groups.size(); ++g) s.tables[g] = {&page, 1};
    model::step_result result;
    for (const std::size_t rows : {tokens.size(), std::size_t{1}}) {
      s.tokens = std::span(tokens).first(rows);
      model::step_plan plan;
      plan.sequences.push_back(s);
      co_await runner_.run(plan, result);
    }
  }

  std::unique_ptr<device_lanes> lanes_;
  model::backend_capacity capacity_;
  step_runner runner_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

std::string name_of(const cuda_runtime& calls, int device) {
  std::array<char, device_properties_bytes> properties{};
  if (calls.device_properties(properties.data(), device) != cuda_error::none) return "unknown";
  return properties.data();
}

device_room room_of(const cuda_runtime& calls, const gpu_options& o) {
  device_room room{.name = "GPU " + std::to_string(o.device) + ", " + name_of(calls, o.device),
                   .share = o.memory};
  if (calls.memory_info(&room.free, &room.memory) != cuda_error::none) room.free = room.memory = 0;
  return room;
}

/// As many pages as there is memory for: others may take some of it in the meantime.
model::result<decoder> make_decoder(const cuda_runtime& calls, const device_model& weights,
                                    const kernel_table& kernels, const model::page_wish& wish,
                                    const gpu_options& o, device_room room) {
  const decoder_wish shape{.page_tokens = o.page_tokens, .step_tokens = o.step_tokens, .logit_rows = o.seats};
  const std::uint32_t longest = wish.context != 0 ? wish.context : weights.spec.context;
  room.scratch = decoder::scratch_for(weights, longest, shape);
  for (;;) {
    auto pages = plan_device_pages(room, weights.spec, wish);
    if (!pages) return pages.error();
    const std::string less = room_warning(room, weights.spec, wish, *pages);
    auto made = decoder::make(calls, weights, kernels, std::move(*pages), shape);
    if (made && !less.empty()) o.warn(less);
    if (made || made.error().cause != model::errc::over_limit) return made;
    room.free -= room.free / 16;
  }
}

model::result<device_model> load(device_lanes& lanes, const model::gguf_file& file,
                                 const model::decoder_spec& spec, const gpu_options& o) {
  auto slices = model_slices::make(file, spec);
  if (!slices) return slices.error();
  loaded_weights loaded;
  asio::co_spawn(lanes.io,
                 load_weights({.calls = &lanes.calls(),
                               .device = o.device,
                               .stream = lanes.waiting(lanes.copy_in),
                               .block = o.load_block,
                               .progress = o.progress},
                              slices->slices()),
                 [&](std::exception_ptr broken, loaded_weights got) {
                   if (broken) std::rethrow_exception(broken);
                   loaded = std::move(got);
                 });
  lanes.io.run();
  lanes.io.restart();
  if (loaded.error) return model::error{model::errc::over_limit, loaded.trouble};
  return slices->bind(std::move(loaded.memory));
}

}  // namespace

model::result<std::unique_ptr<model::backend>> make_gpu_backend(const cuda_runtime& calls,
                                                                std::span<const std::byte> code,
                                                                std::shared_ptr<const model::gguf_file> file,
                                                                const model::decoder_spec& spec,
                                                                const gpu_options& o) {
  if (o.seats == 0) return refuse("The GPU backend needs at least one seat.");
  if (o.step_tokens < o.seats)
    return refuse("A step of " + std::to_string(o.step_tokens) +
                  " tokens does not hold one token for each of " + std::to_string(o.seats) + " seats.");
  if (o.load_block == 0) return refuse("Weights cannot be loaded in blocks of no bytes.");
  if (!(o.memory > 0 && o.memory <= 1)) return refuse("The share of a device's memory is between 0 and 1.");
  const model::page_wish wish{.page_tokens = o.page_tokens,
                              .seats = o.seats,
                              .context = o.context,
                              .step_tokens = o.step_tokens,
                              .bytes = o.kv_bytes,
                              .layer_page_bytes =
                                  std::size_t{2} * spec.kv_width() * o.page_tokens * sizeof(kernels::bf16)};
  // Whether they can be made at all, before anything is loaded.
  model::page_wish plenty = wish;
  plenty.bytes = std::size_t{1} << 60;
  if (auto possible = model::plan_pages(spec, plenty); !possible) return possible.error();
  // A broken context answers with its error even here; only the reset ends that.
  if (o.reset) {
    (void)calls.set_device(o.device);
    (void)calls.reset_device();
  }
  auto lanes = std::make_unique<device_lanes>(calls, o.device, o.patience);
  if (lanes->error() != cuda_error::none)
    return model::error{model::errc::unsupported, "Device " + std::to_string(o.device) + " cannot be used: " +
                                                      make_error_code(lanes->error()).message() + "."};
  auto found = find_kernels(calls, code, spec.head_dim);
  if (!found) return found.error();
  device_room room = room_of(calls, o);
  auto weights = load(*lanes, *file, spec, o);
  if (!weights) return weights.error();
  file->release_pages();
  room.weights = weights->bytes;
  auto made = make_decoder(calls, *weights, *found, wish, o, room);
  if (!made) return made.error();
  model::backend_capacity capacity{.seats = o.seats,
                                   .step_tokens = o.step_tokens,
                                   .page_tokens = o.page_tokens,
                                   .context = made->pages().context,
                                   .vocabulary = spec.vocabulary,
                                   .width = spec.width,
                                   .groups = made->pages().groups,
                                   .device =
                                       "cuda " + std::to_string(o.device) + ", " + name_of(calls, o.device)};
  auto memory = make_step_memory(calls, std::move(*made), capacity);
  if (!memory) return memory.error();
  return std::unique_ptr<model::backend>(
      std::make_unique<gpu_backend>(std::move(lanes), std::move(*memory), std::move(capacity)));
}

}  // namespace hawser::gpu
