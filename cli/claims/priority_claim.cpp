// A mix far above capacity, a fifth of it interactive: what that fifth gets done when it is served first, and
// when it stands in line.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/load/report_json.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

std::vector<finding> measure_priorities(const claim_setting& with) {
  server_process server(with.model, {});
  const auto to = server.ready(load::dialect::completions);
  const auto as = class_of(with.either("prompt=64,answer=48", "prompt=16,answer=8"));
  const auto full = drive_closed(to, {as}, 16, with.either(48u, 16u));
  const double capacity = load::rates_of(full.results.sum(), full.results.length()).requests;
  const auto mix = [&](bool with_classes) {
    auto high = as, low = as;
    high.name = "high";
    high.rate = {{0.2 * 4 * capacity, std::chrono::nanoseconds::max()}};
    low.name = "low";
    low.rate = {{0.8 * 4 * capacity, std::chrono::nanoseconds::max()}};
    if (with_classes) {
      high.priority = "interactive";
      low.priority = "batch";
    }
    // Several times as long as an answer takes under this load.
    const auto length = with.either(std::chrono::milliseconds(12'000), std::chrono::milliseconds(700));
    const auto done = drive_open(to, {high, low}, length, {});
    return load::rates_of(done.results.classes()[0], length).requests;
  };
  std::vector<double> served_first, in_line;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    served_first.push_back(mix(true));
    in_line.push_back(mix(false));
  }
  const double ours = median_of(served_first), theirs = median_of(in_line);
  return {{"the high class's answers at 4x capacity", theirs > 0 ? ours / theirs : 0, 3, true, "x",
           print_number(ours, 2) + " against " + print_number(theirs, 2) + " a second; capacity " +
               print_number(capacity, 2)}};
}

}  // namespace hawser::cli
