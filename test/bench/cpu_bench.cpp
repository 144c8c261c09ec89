/// Times the CPU backend through model/backend.hpp: prompts, then decoding by several sequences together. One
/// JSON line for each measurement.
///
/// Usage: cpu_bench [--smoke] MODEL.gguf [name=value ...]
///   threads=0 kernels=auto kv=   as in cpu_options
///   repeats=3
///   prompt=512,4096              lengths of prompts
///   decode=1,8,32                sequences that decode together
///   context=16 answer=64         positions before the first decoded token, tokens decoded
///   busy=0                       also decode beside so many busy processes, and print what is kept of the
///   quiet speed
#include "cpu/cpu_backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/gguf.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
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

struct settings {
  std::string model;
  cpu::cpu_options options;
  int repeats = 3;
  std::vector<std::uint32_t> prompts{512};
  std::vector<std::uint32_t> decodes{1, 8, 32};
  std::uint32_t context = 16;
  std::uint32_t answer = 64;
  std::uint32_t busy = 0;
};

std::uint32_t number(std::string_view text) {
  return static_cast<std::uint32_t>(std::atoi(std::string(text).c_str()));
}

std::vector<std::uint32_t> numbers(std::string_view text) {
  std::vector<std::uint32_t> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    out.push_back(number(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

bool set(settings& to, std::string_view name, std::string_view value) {
  if (name == "threads")
    to.options.threads = number(value);
  else if (name == "kernels")
    to.options.kernels = value;
  else if (name == "kv" && (value == "f16" || value == "bf16" || value == "q8_0"))
    to.options.kv = value == "q8_0"  ? cpu::kv_type::q8_0
                    : value == "f16" ? cpu::kv_type::f16
                                     : cpu::kv_type::bf16;
  else if (name == "repeats")
    to.repeats = static_cast<int>(number(value));
  else if (name == "prompt")
    to.prompts = numbers(value);
  else if (name == "decode")
    to.decodes = numbers(value);
  else if (name == "context")
    to.context = number(value);
  else if (name == "answer")
    to.answer = number(value);
  else if (name == "busy")
    to.busy = number(value);
  else
    return false;
  return true;
}

bool read(int argc, char** argv, settings& to) {
  if (const char* const model = std::getenv("HAWSER_MODEL")) to.model = model;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::size_t equals = word.find('=');
    if (word == "--smoke") {
      to.repeats = 1;
      to.prompts = {32};
    } else if (equals == std::string_view::npos) {
      to.model = word;
    } else if (!set(to, word.substr(0, equals), word.substr(equals + 1))) {
      return false;
    }
  }
  return !to.model.empty() && to.repeats > 0 && to.context > 0 && to.answer > 0;
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
/// spent: the second says something even when the machine has other work. Of single steps, the time that one
/// in ten undercuts says the same.
class rates {
 public:
  void begin() {
    begun_ = step_ = clock_type::now();
    spent_ = std::clock();
  }
  void step() {
    const auto now = clock_type::now();
    steps_.push_back(std::chrono::duration<double, std::milli>(now - step_).count());
    step_ = now;
  }
  void end(double tokens) {
    wall_.push_back(tokens / seconds_since(begun_));
    processor_.push_back(tokens * CLOCKS_PER_SEC / static_cast<double>(std::clock() - spent_));
  }
  void report(const std::string& what, std::uint32_t sequences, std::uint32_t position) {
    std::printf("{\"work\":\"%s\",\"sequences\":%u,\"position\":%u,\"tokens_per_second\":%.1f,\"best\":%.1f,"
                "\"tokens_per_cpu_second\":%.1f,\"step_ms\":%.3f,\"step_ms_p10\":%.3f,\"runs\":%zu}\n",
                what.c_str(), sequences, position, at(wall_, 0.5), at(wall_, 1), at(processor_, 0.5),
                at(steps_, 0.5), at(steps_, 0.1), wall_.size());
    std::fflush(stdout);
  }
  [[nodiscard]] double median() { return at(wall_, 0.5); }

 private:
  static double at(std::vector<double>& of, double share) {
    std::sort(of.begin(), of.end());
    return of[static_cast<std::size_t>(share * static_cast<double>(of.size() - 1))];
  }

  clock_type::time_point begun_;
  clock_type::time_point step_;
  std::clock_t spent_ = 0;
  std::vector<double> wall_;
  std::vector<double> processor_;
  std::vector<double> steps_;
};

std::vector<model::token_id> some_tokens(const model::backend_capacity& c, std::uint32_t count) {
  std::vector<model::token_id> tokens(count);
  for (std::uint32_t i = 0; i < count; ++i)
    tokens[i] = static_cast<model::token_id>((i * 7919 + 11) % c.vocabulary);
  return tokens;
}

/// A prompt of sequence `seat`, in chunks as long as a step.
void prefill(driver& d, const model::backend_capacity& c, const tables& pages, std::uint32_t seat,
             std::span<const model::token_id> tokens, rates* measured) {
  static const model::sampling_params greedy;
  for (std::size_t at = 0; at < tokens.size(); at += c.step_tokens) {
    const std::size_t n = std::min<std::size_t>(c.step_tokens, tokens.size() - at);
    model::step_plan plan;
    auto& s = plan.sequences.emplace_back();
    s.seat = seat;
    s.position = static_cast<std::uint32_t>(at);
    s.tokens = tokens.subspan(at, n);
    s.opening = at == 0 ? &greedy : nullptr;
    s.output = at + n == tokens.size() ? model::step_output::token : model::step_output::none;
    pages.attach(s, seat);
    d.run(plan);
    if (measured != nullptr) measured->step();
  }
}

void time_prompt(driver& d, const model::backend_capacity& c, std::uint32_t length, int repeats) {
  const tables pages(c, 1, length);
  const std::vector<model::token_id> tokens = some_tokens(c, length);
  rates measured;
  for (int k = 0; k < repeats; ++k) {
    measured.begin();
    prefill(d, c, pages, 0, tokens, &measured);
    measured.end(length);
  }
  measured.report("prompt " + std::to_string(length), 1, 0);
}

/// Returns the median rate.
double time_decode(driver& d, const model::backend_capacity& c, std::uint32_t sequences, const settings& with,
                   const std::string& what) {
  const tables pages(c, sequences, with.context + with.answer);
  const std::vector<model::token_id> tokens = some_tokens(c, with.context);
  rates measured;
  for (std::uint32_t i = 0; i < sequences; ++i) prefill(d, c, pages, i, tokens, nullptr);
  for (int k = 0; k < with.repeats; ++k) {
    model::step_plan plan;
    for (std::uint32_t i = 0; i < sequences; ++i) {
      auto& s = plan.sequences.emplace_back();
      s.seat = i;
      s.output = model::step_output::token;
      pages.attach(s, i);
    }
    measured.begin();
    for (std::uint32_t n = 0; n < with.answer; ++n) {
      for (auto& s : plan.sequences) s.position = with.context + n;
      d.run(plan);
      measured.step();
    }
    measured.end(with.answer * sequences);
  }
  measured.report(what, sequences, with.context);
  return measured.median();
}

/// Processes that only compute, for as long as this lives.
class busy_processes {
 public:
  explicit busy_processes(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile std::uint64_t n = 0;;) n = n + 1;
      }
      if (pid > 0) pids_.push_back(pid);
    }
  }
  ~busy_processes() {
    for (const pid_t pid : pids_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  busy_processes(const busy_processes&) = delete;
  busy_processes& operator=(const busy_processes&) = delete;

 private:
  std::vector<pid_t> pids_;
};

void time_busy(driver& d, const model::backend_capacity& c, std::uint32_t sequences, const settings& with,
               double quiet) {
  const busy_processes others(with.busy);
  const double kept =
      time_decode(d, c, sequences, with, "decode beside " + std::to_string(with.busy) + " busy processes");
  std::printf("{\"work\":\"decode beside busy processes\",\"sequences\":%u,\"kept\":%.3f}\n", sequences,
              kept / quiet);
}

}  // namespace

int main(int argc, char** argv) {
  settings with;
  if (!read(argc, argv, with)) {
    std::fprintf(stderr, "usage: cpu_bench [--smoke] MODEL.gguf [name=value ...], with the names threads, "
                         "kernels, kv, repeats, prompt, decode, context, answer, busy\n");
    return 2;
  }
  const auto begun = clock_type::now();
  const auto file = model::gguf_file::open(with.model).value();
  const auto spec = model::read_decoder_spec(*file).value();
  const auto backend = cpu::make_cpu_backend(file, spec, with.options).value();
  driver d(*backend);
  d.warm_up();
  const auto memory = backend->memory();
  std::printf("{\"device\":\"%s\",\"ready_seconds\":%.3f,\"weights_mb\":%.1f,\"scratch_mb\":%.1f}\n",
              backend->capacity().device.c_str(), seconds_since(begun),
              static_cast<double>(memory.weights) / 1e6, static_cast<double>(memory.scratch) / 1e6);
  for (const std::uint32_t length : with.prompts) time_prompt(d, backend->capacity(), length, with.repeats);
  for (const std::uint32_t sequences : with.decodes) {
    const double quiet = time_decode(d, backend->capacity(), sequences, with, "decode");
    if (with.busy != 0) time_busy(d, backend->capacity(), sequences, with, quiet);
  }
}
