// Keys and values that are kept from turn to turn of a conversation: alone, and together with batching.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

namespace {

const std::vector<std::string> without_reuse{"--set", "scheduling.prefix_cache=false"};

load::request_class conversation(const claim_setting& with) {
  return class_of(with.either("turns=6,prompt=64,answer=32", "turns=3,prompt=16,answer=8"));
}

std::string cached_part(const load::run_report& of) {
  const load::class_tally all = of.results.sum();
  const double share = all.prompt_tokens == 0 ? 0
                                              : 100.0 * static_cast<double>(all.cached_tokens) /
                                                    static_cast<double>(all.prompt_tokens);
  return print_number(share, 0) + " % of the prompts' tokens were there";
}

finding compare(const claim_setting& with, const std::vector<std::string>& baseline, std::uint32_t clients,
                std::uint32_t baseline_conversations, double guide, const std::string& what) {
  server_process kept(with.model, {}), anew(with.model, baseline);
  const auto to_kept = kept.ready(load::dialect::chat), to_anew = anew.ready(load::dialect::chat);
  std::vector<double> fast, slow;
  std::string cached;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    // Another seed each round: nothing of an earlier round is found again.
    const auto run = drive_closed(to_kept, {conversation(with)}, clients, clients, i + 1);
    cached = cached_part(run);
    fast.push_back(tokens_per_second(run));
    slow.push_back(tokens_per_second(
        drive_closed(to_anew, {conversation(with)}, clients, baseline_conversations, i + 1)));
  }
  const double ours = median_of(fast), theirs = median_of(slow);
  return {what,  theirs > 0 ? ours / theirs : 0,
          guide, true,
          "x",   print_number(ours, 1) + " against " + print_number(theirs, 1) + " tokens/s; " + cached};
}

}  // namespace

std::vector<finding> measure_reuse(const claim_setting& with) {
  return {compare(with, without_reuse, 4, 4, 1.4, "throughput of 4 conversations of 6 turns")};
}

std::vector<finding> measure_batch_and_reuse(const claim_setting& with) {
  auto alone = without_reuse;
  alone.insert(alone.end(), {"--seats", "1"});
  return {
      compare(with, alone, 8, 3, 2.75, "throughput of 8 conversations, against one at a time without reuse")};
}

}  // namespace hawser::cli
