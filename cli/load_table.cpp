#include "cli/load_table.hpp"

#include "cli/load/report_json.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

namespace {

std::string ms(std::chrono::nanoseconds time) {
  const double value = std::chrono::duration<double, std::milli>(time).count();
  return print_number(value, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

void add_latency(text_table& table, const std::string& name, const load::histogram& h) {
  if (h.count() == 0) return;
  table.add_row({name, std::to_string(h.count()), ms(h.percentile(50)), ms(h.percentile(90)),
                 ms(h.percentile(95)), ms(h.percentile(99)), ms(h.max())});
}

std::string latencies_of(const load::class_tally& one, bool open_loop) {
  text_table table;
  table.add_row({"milliseconds", "count", "p50", "p90", "p95", "p99", "max"});
  add_latency(table, open_loop ? "first text (from intended time)" : "first text", one.ttft);
  if (open_loop) add_latency(table, "first text (from sending)", one.ttft_from_send);
  add_latency(table, "between texts", one.gaps);
  add_latency(table, "a token, mean of a request", one.tpot);
  add_latency(table, open_loop ? "whole answer (from intended time)" : "whole answer", one.e2e);
  if (open_loop) add_latency(table, "whole answer (from sending)", one.e2e_from_send);
  add_latency(table, "refusal", one.refusal);
  if (open_loop) add_latency(table, "sent late by", one.lag);
  return table.text();
}

std::string endings_of(const load::class_tally& one) {
  std::string text;
  for (std::size_t i = 0; i < load::endings; ++i) {
    if (one.by_ending[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(load::ending_names[i]) + " " +
            std::to_string(one.by_ending[i]);
  }
  return text;
}

std::string classes_of(const load::run_report& of) {
  text_table table;
  table.add_row({"class", "requests", "complete", "refused", "failed", "req/s", "tokens/s", "good",
                 "good req/s", "first p50", "first p99", "whole p99"});
  const auto add = [&](const load::class_tally& one) {
    const load::rates a = load::rates_of(one, of.results.length());
    const double share =
        one.requests == 0 ? 0 : 100.0 * static_cast<double>(one.good) / static_cast<double>(one.requests);
    table.add_row({one.name, std::to_string(one.requests), std::to_string(one.count(load::ending::complete)),
                   std::to_string(one.refused()), std::to_string(one.failed()), print_number(a.requests, 2),
                   print_number(a.tokens, 1), print_number(share, 1) + " %", print_number(a.good, 2),
                   ms(one.ttft.percentile(50)), ms(one.ttft.percentile(99)), ms(one.e2e.percentile(99))});
  };
  for (const load::class_tally& one : of.results.classes()) add(one);
  if (of.results.classes().size() > 1) add(of.results.sum());
  return table.text();
}

}  // namespace

std::string load_table(const load::run_report& of, bool open_loop) {
  const load::class_tally all = of.results.sum();
  std::string out =
      classes_of(of) + "\n" + latencies_of(all, open_loop) + "\nended: " + endings_of(all) + "\n";
  if (all.waited_as_told > 0) {
    out += "came back after Retry-After: " + std::to_string(all.waited_as_told) +
           ", then admitted: " + std::to_string(all.back_admitted) + "\n";
  }
  if (all.prompt_tokens > 0) {
    out += "prompts: " + std::to_string(all.prompt_tokens) + " tokens, " + std::to_string(all.cached_tokens) +
           " of them cached; answers: " + std::to_string(all.tokens) + " tokens\n";
  }
  out += print_number(std::chrono::duration<double>(of.wall).count(), 2) + " s; this client used " +
         print_number(std::chrono::duration<double>(of.cpu).count(), 3) + " CPU seconds, " +
         print_number(load::cpu_per_thousand(of), 4) + " for 1,000 tokens; percentiles to " +
         print_number(load::histogram::relative_error * 100, 1) + " %\n";
  if (of.interrupted) out += "interrupted: what ran is counted as unfinished\n";
  return out;
}

}  // namespace hawser::cli
