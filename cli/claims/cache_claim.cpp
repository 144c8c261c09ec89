// Answers that are there already: three requests of ten ask what was asked before.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

namespace {

constexpr std::uint32_t answer = 32;

bool is_repeated(std::uint32_t number) {
  return number % 10 == 3 || number % 10 == 6 || number % 10 == 9;
}

/// So many texts of a round, none as in another round.
std::vector<std::string> texts_of(std::uint32_t round, std::uint32_t many) {
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < many; ++i) {
    if (is_repeated(i)) {
      texts.push_back(texts[i - 2]);
    } else {
      texts.push_back("Letter " + std::to_string(i) + " of week " + std::to_string(round) +
                      ": a harbour town, its ropes and its weather. The first thing to say is");
    }
  }
  return texts;
}

}  // namespace

std::vector<finding> measure_cache(const claim_setting& with) {
  server_process remembers(with.model, {}), computes(with.model, {"--set", "cache.memory=0"});
  const auto to_cached = remembers.ready(load::dialect::predict, true);
  const auto to_anew = computes.ready(load::dialect::predict, true);
  std::vector<double> fast, slow;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    const auto texts = texts_of(i, with.either(40u, 10u));
    fast.push_back(tokens_per_second(drive_texts(to_cached, texts, answer)));
    slow.push_back(tokens_per_second(drive_texts(to_anew, texts, answer)));
  }
  const double ours = median_of(fast), theirs = median_of(slow);
  return {{"throughput when 30 % of the requests are repeated", theirs > 0 ? ours / theirs : 0, 1.25, true,
           "x", print_number(ours, 1) + " against " + print_number(theirs, 1) + " tokens/s"}};
}

}  // namespace hawser::cli
