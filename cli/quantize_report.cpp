#include "cli/quantize_report.hpp"

#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"
#include "embed/device.hpp"
#include "embed/model_file.hpp"

#include <algorithm>
#include <vector>

namespace hawser::cli {

namespace {

double first_token_ms(const model_figures& figures, const report_request& how) {
  return 1000.0 * how.prompt / figures.one_stream.prefill;
}

double token_ms(const model_figures& figures) {
  return 1000.0 / figures.one_stream.decode;
}

/// "-73.4 %", or "x 3.40" for what is told as a ratio.
std::string print_change(double before, double after) {
  const double percent = 100.0 * (after / before - 1.0);
  return (percent < 0 ? "" : "+") + print_number(percent, percent < 10 && percent > -10 ? 2 : 1) + " %";
}

std::string print_ratio(double before, double after) {
  return "x " + print_number(after / before, 2);
}

}  // namespace

model_figures measure_model(const std::string& path, const report_request& how, const std::string& title) {
  progress_bar bar(title);
  const auto file = embed::open_model(path);
  const auto words = embed::open_tokenizer(*file);
  const perplexity_meter text(*words, how.text, how.context, 0);
  const std::uint32_t length = std::max(how.context, how.prompt + how.generate);
  embed::offline_runner runner(
      embed::make_offline_device(file, text.together(), length, perplexity_meter::step_tokens, how.cpu),
      text.together(), length);
  model_figures found;
  found.file_bytes = file->size();
  found.weight_bytes = runner.device().memory().weights;
  runner.warm_up();
  const std::uint64_t text_tokens = text.windows() * how.context;
  const std::uint64_t all = text_tokens + std::uint64_t{how.repeat} * (how.prompt + how.generate);
  found.text = text.measure(runner, [&](std::size_t windows, const perplexity& so_far) {
    bar.show(windows * how.context, all, "perplexity " + print_number(so_far.value, 2));
  });
  speed_meter meter(runner, how.prompt, how.generate, 1);
  std::vector<double> prefill, decode;
  std::uint64_t done = text_tokens;
  for (std::uint32_t i = 0; i < how.repeat; ++i) {
    const speed once = meter.measure(1, [&](std::uint64_t tokens) {
      done += tokens;
      bar.show(done, all, "speed");
    });
    prefill.push_back(once.prefill);
    decode.push_back(once.decode);
  }
  found.one_stream = {median(prefill), median(decode)};
  return found;
}

std::string print_report(const model_figures& before, const model_figures& after, const report_request& how) {
  text_table table;
  table.add_row({"", "before", "after", "change"});
  const auto bytes = [&](const char* name, std::uint64_t b, std::uint64_t a) {
    table.add_row(
        {name, print_bytes(b), print_bytes(a), print_change(static_cast<double>(b), static_cast<double>(a))});
  };
  const auto number = [&](const std::string& name, double b, double a, int decimals, bool ratio) {
    table.add_row({name, print_number(b, decimals), print_number(a, decimals),
                   ratio ? print_ratio(b, a) : print_change(b, a)});
  };
  bytes("file", before.file_bytes, after.file_bytes);
  bytes("weights in memory", before.weight_bytes, after.weight_bytes);
  number("perplexity", before.text.value, after.text.value, 3, false);
  number("prompt of " + std::to_string(how.prompt) + ", tokens/s", before.one_stream.prefill,
         after.one_stream.prefill, 1, true);
  number("one stream, tokens/s", before.one_stream.decode, after.one_stream.decode, 1, true);
  number("ms to the first token", first_token_ms(before, how), first_token_ms(after, how), 1, false);
  number("ms a token", token_ms(before), token_ms(after), 2, false);
  return table.text();
}

boost::json::object report_json(const model_figures& figures, const report_request& how) {
  return {{"file_bytes", figures.file_bytes},
          {"weight_bytes", figures.weight_bytes},
          {"perplexity", figures.text.value},
          {"perplexity_standard_error", figures.text.error},
          {"prefill_tokens_per_second", figures.one_stream.prefill},
          {"decode_tokens_per_second", figures.one_stream.decode},
          {"first_token_ms", first_token_ms(figures, how)},
          {"token_ms", token_ms(figures)}};
}

}  // namespace hawser::cli
