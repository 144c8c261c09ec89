// The guide's long text in another script: POST /predict with two characters a thousand times, Gemma, 16
// tokens of answer.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

namespace {

std::string long_text(std::uint32_t times) {
  std::string text;
  for (std::uint32_t i = 0; i < times; ++i) text += "\xe6\xb5\x8b\xe8\xaf\x95";
  return text;
}

}  // namespace

std::vector<finding> measure_predict(const claim_setting& with) {
  const std::string text = long_text(with.either(1000u, 100u));
  server_process server(with.window_model, {});
  const auto to = server.ready(load::dialect::predict, true);
  const auto first = drive_texts(to, {text}, 16).results.sum();
  std::vector<std::string> others;
  for (std::uint32_t i = 0; i < with.either(50u, 2u); ++i)
    others.push_back(text + " " + std::to_string(1000 + i));
  const auto distinct = drive_texts(to, others, 16).results.sum();
  const auto same = drive_texts(to, std::vector<std::string>(with.either(20u, 2u), text), 16).results.sum();
  const auto line = [](const char* what, const load::histogram& of, double percent, double guide) {
    return finding{what,
                   to_ms(of.percentile(percent)),
                   guide,
                   false,
                   "ms",
                   "p50 " + print_number(to_ms(of.percentile(50)), 1) + ", max " +
                       print_number(to_ms(of.max()), 1) + " ms, " + std::to_string(of.count()) + " answers"};
  };
  return {line("the first of a warm server", first.e2e, 100, 700),
          line("50 more with distinct endings, P99", distinct.e2e, 99, 500),
          line("the same text again, P99", same.e2e, 99, 20)};
}

}  // namespace hawser::cli
