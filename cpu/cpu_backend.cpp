#include "cpu/cpu_backend.hpp"

#include "cpu/core_count.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/patience.hpp"
#include "cpu/placement.hpp"
#include "cpu/step_runner.hpp"
#include "cpu/warm_up.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <utility>

namespace hawser::cpu {
namespace {

model::error refuse(std::string what) {
  return {model::errc::bad_argument, std::move(what)};
}

/// The shell: one thread that runs what it is handed, and a team that helps it.
class cpu_backend final : public model::backend {
 public:
  cpu_backend(step_runner runner, model::backend_capacity capacity,
              const std::vector<std::vector<int>>& places)
      : runner_(std::move(runner)), capacity_(std::move(capacity)),
        team_(static_cast<unsigned>(places.size()), places), thread_([this, place = places[0]] {
          stay_on(place);
          serve();
        }) {}

  ~cpu_backend() override {
    stop_.store(true, std::memory_order_relaxed);
    wake();
    thread_.join();
  }

  const model::backend_capacity& capacity() const noexcept override { return capacity_; }

  void start(const model::step_plan& plan, model::step_result& result, done on_done) override {
    plan_ = &plan;
    result_ = &result;
    on_done_ = std::move(on_done);
    wake();
  }

  void warm_up(done on_done) override {
    plan_ = nullptr;
    on_done_ = std::move(on_done);
    wake();
  }

  model::backend_memory memory() const noexcept override {
    const decoder& d = runner_.model_decoder();
    return {.weights = d.weight_bytes(), .kv = d.kv().bytes(), .scratch = runner_.scratch_bytes()};
  }

 private:
  void wake() {
    begun_.fetch_add(1, std::memory_order_release);
    begun_.notify_one();
  }

  void serve() {
    for (std::uint32_t seen = 0;;) {
      seen = wait_for_change(begun_, seen);
      if (stop_.load(std::memory_order_relaxed)) return;
      if (plan_ != nullptr)
        runner_.run(*plan_, *result_, team_);
      else
        run_warm_up(runner_, capacity_, team_);
      // Once it is called the next step may start: nothing of this one may be touched after it.
      const done finished = std::exchange(on_done_, nullptr);
      finished();
    }
  }

  step_runner runner_;
  model::backend_capacity capacity_;
  team team_;
  const model::step_plan* plan_ = nullptr;  // null: warm up
  model::step_result* result_ = nullptr;
  done on_done_;
  std::atomic<std::uint32_t> begun_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

model::result<void> check(const cpu_options& o) {
  if (o.seats == 0) return refuse("The CPU backend needs at least one seat.");
  if (o.step_tokens < o.seats)
    return refuse("A step of " + std::to_string(o.step_tokens) +
                  " tokens does not hold one token for each of " + std::to_string(o.seats) + " seats.");
  if (o.threads > 1024)
    return refuse(std::to_string(o.threads) + " threads are more than the CPU backend takes (1024).");
  return {};
}

}  // namespace

model::result<std::unique_ptr<model::backend>> make_cpu_backend(std::shared_ptr<const model::gguf_file> file,
                                                                const model::decoder_spec& spec,
                                                                const cpu_options& options) {
  if (auto ok = check(options); !ok) return ok.error();
  auto kernels = choose_set(options.kernels);
  if (!kernels) return kernels.error();
  const topology machine = this_machine();
  const unsigned threads = options.threads != 0 ? options.threads : available_cores(machine);
  const std::set<int> nodes = spread_over(machine, options.memory);
  auto kv = kv_pool::make(spec, {.type = options.kv,
                                 .page_tokens = options.page_tokens,
                                 .seats = options.seats,
                                 .context = options.context,
                                 .step_tokens = options.step_tokens,
                                 .bytes = options.kv_bytes,
                                 .nodes = nodes});
  if (!kv) return kv.error();
  model::backend_capacity capacity{.seats = options.seats,
                                   .step_tokens = options.step_tokens,
                                   .page_tokens = options.page_tokens,
                                   .context = kv->context(),
                                   .vocabulary = spec.vocabulary,
                                   .width = spec.width,
                                   .groups = kv->groups(),
                                   .device = "cpu " + std::string(kernels->name) + ", " +
                                             std::to_string(threads) +
                                             (threads == 1 ? " thread" : " threads")};
  auto weights = packed_model::make(*file, spec, threads, nodes);
  if (!weights) return weights.error();
  file->release_pages();
  auto made = decoder::make(std::move(*weights), *kernels, std::move(*kv), options.step_tokens, threads);
  if (!made) return made.error();
  auto runner = step_runner::make(std::move(*made), options.seats, options.step_tokens);
  if (!runner) return runner.error();
  return std::unique_ptr<model::backend>(std::make_unique<cpu_backend>(
      std::move(*runner), std::move(capacity), place_threads(machine, threads, options.threads_stay)));
}

}  // namespace hawser::cpu
