// The first request of a server that is warm against that of one which was only just started: there the
// client asks at once, and comes back as it is told until it is answered.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

namespace {

double first_answer_ms(const load::target& to) {
  const auto done = drive_texts(to, {"The quick brown fox jumps over the lazy dog. What comes next?"}, 8);
  return to_ms(done.results.sum().e2e.max());
}

}  // namespace

std::vector<finding> measure_warm_up(const claim_setting& with) {
  std::vector<double> warm, cold;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    server_process server(with.model, {});
    const auto to = server.ready(load::dialect::completions);
    const auto until_ready = std::chrono::steady_clock::now() - server.started();
    warm.push_back(first_answer_ms(to));
    cold.push_back(to_ms(until_ready) + warm.back());
  }
  const double ours = median_of(warm), theirs = median_of(cold);
  return {
      {"first answer of a warm server", theirs / ours, 2.3 / 0.8, true, "x",
       print_number(ours, 1) + " against " + print_number(theirs, 0) + " ms from the start of the process"}};
}

}  // namespace hawser::cli
