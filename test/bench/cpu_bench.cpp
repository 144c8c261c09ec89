/// Times the CPU backend through model/backend.hpp: a prompt, then decoding by 1, 8 and 32 sequences
/// together. One JSON line for each measurement. Usage: cpu_bench MODEL.gguf [threads] [kernels] [repeats]
/// [prompt tokens]
#include "cpu/cpu_backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace hawser;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point begun) {
  return std::chrono::duration<double>(clock_type::now() - begun).count();
}

class driver {
 public:
  explicit driver(model::backend& b) : backend_(b) {}

  void run(const model::step_plan& plan) {
    std::atomic<bool> done{false};
    backend_.start(plan, result_, [&done] {
      done.store(true);
      done.notify_one();
    });
    done.wait(false);
  }

  void warm_up() {
    std::atomic<bool> done{false};
    backend_.warm_up([&done] {
      done.store(true);
      done.notify_one();
    });
    done.wait(false);
  }

 private:
  model::backend& backend_;
  model::step_result result_;
};

/// Page tables of `sequences` that each have room for `positions`.
class tables {
 public:
  tables(const model::backend_capacity& c, std::uint32_t sequences, std::uint32_t positions)
      : groups_(c.groups.size()) {
    const std::uint32_t each = (positions + c.page_tokens - 1) / c.page_tokens;
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (std::uint32_t s = 0; s < sequences; ++s) {
        auto& table = groups_[g].emplace_back();
        // Wrapping is wrong for a server, but costs what the real thing costs.
        for (std::uint32_t p = 0; p < each; ++p) table.push_back((s * each + p) % c.groups[g].pages);
      }
  }

  void attach(model::sequence_step& to, std::uint32_t sequence) const {
    for (std::size_t g = 0; g < groups_.size(); ++g) to.tables[g] = groups_[g][sequence];
  }

 private:
  std::vector<std::vector<std::vector<model::page_id>>> groups_;
};

/// Rates of the repeats of one measurement, by the clock on the wall and by the time that the processor
/// spent: the second says something even when the machine has other work.
class rates {
 public:
  void begin() {
    begun_ = clock_type::now();
    spent_ = std::clock();
  }
  void end(double tokens) {
    wall_.push_back(tokens / seconds_since(begun_));
    processor_.push_back(tokens * CLOCKS_PER_SEC / static_cast<double>(std::clock() - spent_));
  }
  void report(const std::string& what, std::uint32_t sequences) {
    std::sort(wall_.begin(), wall_.end());
    std::sort(processor_.begin(), processor_.end());
    std::printf("{\"work\":\"%s\",\"sequences\":%u,\"tokens_per_second\":%.1f,\"best\":%.1f,"
                "\"tokens_per_cpu_second\":%.1f,\"runs\":%zu}\n",
                what.c_str(), sequences, wall_[wall_.size() / 2], wall_.back(),
                processor_[processor_.size() / 2], wall_.size());
    std::fflush(stdout);
  }

 private:
  clock_type::time_point begun_;
  std::clock_t spent_ = 0;
  std::vector<double> wall_;
  std::vector<double> processor_;
};

void time_prompt(driver& d, const model::backend_capacity& c, std::uint32_t length, int repeats) {
  const tables pages(c, 1, length);
  std::vector<model::token_id> tokens(length);
  for (std::uint32_t i = 0; i < length; ++i)
    tokens[i] = static_cast<model::token_id>((i * 7919 + 11) % c.vocabulary);
  const model::sampling_params greedy;
  rates measured;
  for (int k = 0; k < repeats; ++k) {
    measured.begin();
    for (std::uint32_t at = 0; at < length; at += c.step_tokens) {
      const std::uint32_t n = std::min(c.step_tokens, length - at);
      model::step_plan plan;
      auto& s = plan.sequences.emplace_back();
      s.position = at;
      s.tokens = std::span(tokens).subspan(at, n);
      s.opening = at == 0 ? &greedy : nullptr;
      s.output = at + n == length ? model::step_output::token : model::step_output::none;
      pages.attach(s, 0);
      d.run(plan);
    }
    measured.end(length);
  }
  measured.report("prompt " + std::to_string(length), 1);
}

void time_decode(driver& d, const model::backend_capacity& c, std::uint32_t sequences, int repeats) {
  constexpr std::uint32_t prompt = 16, answer = 64;
  const tables pages(c, sequences, prompt + answer);
  const std::vector<model::token_id> tokens(prompt, 42);
  const model::sampling_params greedy;
  rates measured;
  for (int k = 0; k < repeats; ++k) {
    model::step_plan plan;
    for (std::uint32_t i = 0; i < sequences; ++i) {
      auto& s = plan.sequences.emplace_back();
      s.seat = i;
      s.tokens = tokens;
      s.opening = &greedy;
      s.output = model::step_output::token;
      pages.attach(s, i);
    }
    d.run(plan);
    measured.begin();
    for (std::uint32_t n = 0; n < answer; ++n) {
      for (auto& s : plan.sequences) {
        s.position = prompt + n;
        s.tokens = {};
        s.opening = nullptr;
      }
      d.run(plan);
    }
    measured.end(answer * sequences);
  }
  measured.report("decode", sequences);
}

}  // namespace

int main(int argc, char** argv) {
  const bool smoke = argc > 1 && std::string_view(argv[1]) == "--smoke";
  if (smoke) {
    --argc;
    ++argv;
  }
  const char* const path = argc > 1 ? argv[1] : std::getenv("HAWSER_MODEL");
  if (path == nullptr) {
    std::fprintf(stderr,
                 "usage: cpu_bench [--smoke] MODEL.gguf [threads] [kernels] [repeats] [prompt tokens]\n");
    return 2;
  }
  const auto begun = clock_type::now();
  const auto file = model::gguf_file::open(path).value();
  const auto spec = model::read_decoder_spec(*file).value();
  cpu::cpu_options options;
  if (argc > 2) options.threads = static_cast<unsigned>(std::atoi(argv[2]));
  if (argc > 3) options.kernels = argv[3];
  const int repeats = argc > 4 ? std::atoi(argv[4]) : smoke ? 1 : 3;
  const auto length = static_cast<std::uint32_t>(argc > 5 ? std::atoi(argv[5]) : smoke ? 32 : 512);
  const auto backend = cpu::make_cpu_backend(file, spec, options).value();
  driver d(*backend);
  d.warm_up();
  const auto memory = backend->memory();
  std::printf("{\"device\":\"%s\",\"ready_seconds\":%.3f,\"weights_mb\":%.1f,\"scratch_mb\":%.1f}\n",
              backend->capacity().device.c_str(), seconds_since(begun),
              static_cast<double>(memory.weights) / 1e6, static_cast<double>(memory.scratch) / 1e6);
  time_prompt(d, backend->capacity(), length, repeats);
  for (const std::uint32_t sequences : {1u, 8u, 32u}) time_decode(d, backend->capacity(), sequences, repeats);
}
