#include "embed/model_setup.hpp"

#include "embed/device.hpp"
#include "embed/gpu_device.hpp"
#include "embed/memory_plan.hpp"
#include "embed/model_file.hpp"
#include "embed/model_identity.hpp"
#include "embed/server_options.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <new>

namespace hawser::embed {

namespace {

/// Reads the tensors into the system's cache, so that progress is seen where the time goes: packing finds
/// them there.
void read_ahead(const model::gguf_file& file, const load_watch& watch) {
  constexpr std::size_t page = 4096;
  const auto show = [&watch](std::uint64_t done, std::uint64_t all) {
    if (watch.progress) watch.progress(done, all);
  };
  std::uint64_t all = 0, done = 0;
  for (const model::tensor_view& t : file.tensors()) all += t.data.size();
  std::byte seen{};
  for (const model::tensor_view& t : file.tensors()) {
    for (std::size_t at = 0; at < t.data.size(); at += page) {
      seen ^= *static_cast<const volatile std::byte*>(&t.data[at]);
      if (at % (256 * page) == 0) show(done + at, all);
    }
    done += t.data.size();
  }
  show(done, all);
}

std::optional<model::chat_template> read_template(const model::vocabulary& words, const load_watch& watch) {
  if (words.chat_template.empty()) return std::nullopt;
  auto compiled = model::chat_template::compile(words.chat_template);
  if (compiled.has_value()) return std::move(compiled).value();
  if (watch.warn) {
    watch.warn("the model's chat template is not understood, so chat requests will be refused: " +
               compiled.error().what);
  }
  return std::nullopt;
}

std::int64_t seconds_of(const std::string& path) {
  std::error_code failed;
  const auto written = std::filesystem::last_write_time(path, failed);
  if (failed) return 0;
  const auto wall = std::chrono::file_clock::to_sys(written);
  return std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch()).count();
}

// One of several that do the same.
void add(load_report::facts& to, const model::backend& more) {
  const model::backend_capacity& has = more.capacity();
  const model::backend_memory holds = more.memory();
  to.device += " and " + has.device;
  to.context = std::min(to.context, has.context);
  to.seats += has.seats;
  to.memory.weights += holds.weights;
  to.memory.kv += holds.kv;
  to.memory.scratch += holds.scratch;
}

actors::core_parts load(const conf::settings& all, load_report& report, const load_watch& watch) {
  const std::string path = model_path_from(all);
  const auto file = open_model(path);
  const auto spec = model::read_decoder_spec(*file).value();
  actors::core_parts parts;
  parts.tokenizer = open_tokenizer(*file);
  parts.chat = read_template(parts.tokenizer->words(), watch);
  parts.model_name = all.model.name.empty() ? short_name(path) : all.model.name;
  parts.created = seconds_of(path);
  read_ahead(*file, watch);
  // Before anything is taken of it.
  parts.memory_limit = memory_room(all.memory_limit.value, available_memory());
  // Output that nobody reads, and requests that wait, beside the answers that are remembered.
  constexpr std::uint64_t buffers = 32 * conf::megabyte;
  std::string kv = "bf16";
  gpu_devices gpus = make_gpu_devices(file, spec, all, {.say = watch.say, .warn = watch.warn});
  parts.backends = std::move(gpus.backends);
  parts.revive = std::move(gpus.revive);
  if (parts.backends.empty()) {
    kv = all.cpu.kv;
    parts.backends.push_back(make_device(
        file, spec, cpu_options_from(all),
        {.limit = all.memory_limit.value, .caches = all.cache.memory.value + buffers, .warn = watch.warn}));
  }
  const model::backend_capacity& has = parts.backends.front()->capacity();
  // Threads change nothing of an answer, kernels do.
  parts.identity =
      model_identity(*file, has.device.substr(0, has.device.find(',')) + ", keys and values " + kv);
  load_report::facts facts{has.device, has.context, has.seats, parts.backends.front()->memory()};
  for (std::size_t i = 1; i < parts.backends.size(); ++i) add(facts, *parts.backends[i]);
  report.loaded(std::move(facts));
  return parts;
}

}  // namespace

void load_report::loaded(facts f) {
  const std::lock_guard held(guard_);
  facts_ = std::move(f);
}

void load_report::failed(errc cause) {
  const std::lock_guard held(guard_);
  cause_ = cause;
}

load_report::facts load_report::what() const {
  const std::lock_guard held(guard_);
  return facts_;
}

errc load_report::cause() const {
  const std::lock_guard held(guard_);
  return cause_.value_or(errc::device);
}

std::string model_path_from(const conf::settings& all) {
  return all.model.path.empty() ? default_model_path() : all.model.path;
}

model::result<actors::core_parts> load_parts(const conf::settings& all, load_report& report,
                                             const load_watch& watch) {
  const auto fail = [&](errc code, model::errc cause, const std::string& what) {
    report.failed(code);
    return model::error{cause, what};
  };
  try {
    return load(all, report, watch);
  } catch (const failure& e) {
    return fail(e.code(), model::errc::io, e.what());
  } catch (const model::failure& e) {
    return fail(errc::model, e.cause(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(errc::memory, model::errc::io, "not enough memory to load the model: take a smaller one");
  }
}

}  // namespace hawser::embed
