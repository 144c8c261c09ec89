#include "cli/claims/model_flops.hpp"
#include "cli/commands.hpp"
#include "cli/compute_flags.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"
#include "cli/roofline_table.hpp"
#include "cli/speed_meter.hpp"
#include "cli/text_table.hpp"
#include "embed/device.hpp"
#include "embed/model_file.hpp"
#include "embed/offline_runner.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

namespace json = boost::json;

struct bench_flags {
  std::string model = embed::default_model_path();
  std::uint32_t prompt = 512;
  std::uint32_t generate = 64;
  std::vector<std::uint32_t> batches{1, 8, 32};
  conf::cpu_settings cpu;
  std::uint32_t step_tokens = 512;
  std::uint32_t repeat = 1;
  bool roofline = false;
  bool as_json = false;
};

class bench {
 public:
  bench(const bench_flags& flags, std::unique_ptr<model::backend> device)
      : flags_(flags), largest_(*std::max_element(flags.batches.begin(), flags.batches.end())),
        runner_(std::move(device), largest_, flags.prompt + flags.generate),
        meter_(runner_, flags.prompt, flags.generate, largest_), bar_("measuring") {
    const std::uint64_t one_pass = flags.prompt + flags.generate;
    for (const std::uint32_t batch : flags.batches) all_ += one_pass * batch * flags.repeat;
  }

  std::vector<speed> run() {
    runner_.warm_up();
    std::vector<speed> results;
    for (const std::uint32_t batch : flags_.batches) {
      std::vector<double> prefill, decode;
      for (std::uint32_t i = 0; i < flags_.repeat; ++i) {
        const speed once = measure(batch);
        prefill.push_back(once.prefill);
        decode.push_back(once.decode);
      }
      results.push_back({median(prefill), median(decode)});
    }
    return results;
  }

  [[nodiscard]] const std::string& device() const noexcept { return runner_.device().capacity().device; }

 private:
  speed measure(std::uint32_t batch) {
    return meter_.measure(batch, [&](std::uint64_t tokens) {
      done_ += tokens;
      bar_.show(done_, all_, "batch " + std::to_string(batch));
    });
  }

  const bench_flags& flags_;
  std::uint32_t largest_;
  embed::offline_runner runner_;
  speed_meter meter_;
  progress_bar bar_;
  std::uint64_t done_ = 0;
  std::uint64_t all_ = 0;
};

/// What a bench says, and of what.
struct bench_report {
  std::string device;
  std::vector<speed> results;
  prompt_flops prompt;          ///< of one prompt
  prompt_flops without_window;  ///< of the same, did every layer see everything
};

void print_json(const bench_flags& flags, const bench_report& report) {
  json::array list;
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    list.push_back({{"batch", flags.batches[i]},
                    {"prefill_tokens_per_second", report.results[i].prefill},
                    {"decode_tokens_per_second", report.results[i].decode}});
  }
  const json::object all{{"model", flags.model},
                         {"device", report.device},
                         {"prompt", flags.prompt},
                         {"generate", flags.generate},
                         {"repeat", flags.repeat},
                         {"prompt_flops", report.prompt.all()},
                         {"flops_saved_by_windows", report.without_window.all() - report.prompt.all()},
                         {"results", list}};
  std::cout << json::serialize(all) << '\n';
}

void print_table(const bench_flags& flags, const bench_report& report) {
  std::cout << embed::short_name(flags.model) << " on " << report.device << ": prompts of " << flags.prompt
            << " tokens, answers of " << flags.generate << "\n\n";
  text_table table;
  table.add_row({"batch", "prefill tokens/s", "decode tokens/s"});
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    table.add_row({std::to_string(flags.batches[i]), print_number(report.results[i].prefill, 1),
                   print_number(report.results[i].decode, 1)});
  }
  const double all = report.without_window.all(), saved = all - report.prompt.all();
  std::cout << table.text() << "\nA prompt is " << print_number(report.prompt.all() / 1e9, 1)
            << " GFLOP, of which attention " << print_number(report.prompt.attention / 1e9, 1)
            << "; sliding windows save " << print_number(saved / 1e9, 1) << " ("
            << print_number(100 * saved / all, 1) << " %).\n";
}

exit_code run_roofline(const bench_flags& flags) {
  const auto file = embed::open_model(flags.model);
  const auto spec = model::read_decoder_spec(*file).value();
  const auto tensors = model::bind_tensors(*file, spec).value();
  progress_bar bar("measuring");
  cpu::roofline_request how;
  how.threads = static_cast<unsigned>(flags.cpu.threads);
  how.kernels = flags.cpu.kernels;
  how.watch = [&](const std::string& what, std::size_t done, std::size_t all) { bar.show(done, all, what); };
  const cpu::roofline found = cpu::measure_roofline(spec, tensors.output->type, how).value();
  if (flags.as_json)
    std::cout << json::serialize(roofline_json(found)) << '\n';
  else
    std::cout << print_roofline(found);
  return exit_code::ok;
}

exit_code run_bench(const bench_flags& flags) {
  if (flags.roofline) return run_roofline(flags);
  const std::uint32_t largest = *std::max_element(flags.batches.begin(), flags.batches.end());
  const auto file = embed::open_model(flags.model);
  const auto spec = model::read_decoder_spec(*file).value();
  bench measured(flags, embed::make_offline_device(file, largest, flags.prompt + flags.generate,
                                                   flags.step_tokens, flags.cpu));
  bench_report report;
  report.prompt = flops_of_prompt(spec, flags.prompt);
  report.without_window = flops_of_prompt(with_window(spec, 0), flags.prompt);
  report.results = measured.run();
  report.device = measured.device();
  if (flags.as_json)
    print_json(flags, report);
  else
    print_table(flags, report);
  return exit_code::ok;
}

}  // namespace

void add_bench(const command_parser& app) {
  const auto command = app.add_command("bench", "Measure how fast a model runs on this machine");
  auto flags = std::make_shared<bench_flags>();
  const int most = 1 << 20;
  add_model_argument(command, flags->model);
  command.add_option("--prompt", flags->prompt, "Tokens of each prompt").within(1, most).default_shown();
  command.add_option("--generate", flags->generate, "Tokens of each answer").within(1, most).default_shown();
  command.add_option("--batch", flags->batches, "Sequences at once; several sizes separated by commas")
      .separated_by(',')
      .within(1, 4096)
      .default_shown();
  add_compute_flags(command, flags->cpu);
  command.add_option("--step-tokens", flags->step_tokens, "Tokens in one step of the model")
      .within(1, 65536)
      .default_shown();
  command.add_option("--repeat", flags->repeat, "Times that each is measured; the median counts")
      .within(1, 1000)
      .default_shown();
  command.add_flag("--roofline", flags->roofline,
                   "Measure each kernel against this machine's limits instead, in the shapes of the model");
  command.add_flag("--json", flags->as_json, "One JSON object instead of a table");
  command.footer(
      "\nFor each batch size B: first B different prompts of random tokens are computed, in steps of at "
      "most\n"
      "--step-tokens tokens (prefill: B x prompt / time); then the B sequences generate, all in each step "
      "(decode:\n"
      "B x generate / time). Nothing is shared between sequences; loading and warm-up do not count.");
  add_claims(command);
  add_overload(command);
  command.run([flags] { return run_bench(*flags); });
}

}  // namespace hawser::cli
