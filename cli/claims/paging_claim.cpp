// Paged keys and values against one slab for each slot, with the same memory. A slab has room for the longest
// sequence that may come, so memory / context slots are all there is; pages are taken as a sequence grows.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"
#include "embed/device.hpp"
#include "embed/model_file.hpp"

#include <algorithm>

namespace hawser::cli {

namespace {

/// The most answers that were under way at once.
std::uint32_t most_at_once(const load::run_report& of) {
  std::chrono::nanoseconds length{};
  std::uint32_t most = 0;
  for (const load::slot& one : of.results.over_time().slots(10'000, length))
    most = std::max(most, one.in_flight - std::min(one.in_flight, one.waiting));
  return most;
}

}  // namespace

std::vector<finding> measure_paging(const claim_setting& with) {
  constexpr std::uint32_t context = 2048, slots = 4, clients = 32;
  const auto spec = model::read_decoder_spec(*embed::open_model(with.model)).value();
  const cpu::cpu_options options;
  const std::uint64_t bytes = slots * embed::kv_bytes_of(spec, context, options);
  const std::vector<std::string> memory{"--context", std::to_string(context), "--set",
                                        "model.kv_memory=" + std::to_string(bytes)};
  auto slab_flags = memory;
  slab_flags.insert(slab_flags.end(), {"--seats", std::to_string(slots)});
  server_process paged(with.model, memory), slab(with.model, slab_flags);
  const auto to_paged = paged.ready(load::dialect::completions),
             to_slab = slab.ready(load::dialect::completions);
  const auto as = class_of(with.either("prompt=32-128,answer=32-128", "prompt=16,answer=8"));
  std::vector<double> fast, slow;
  std::uint32_t at_once = 0;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    const auto run = drive_closed(to_paged, {as}, clients, with.either(64u, 32u), i);
    at_once = std::max(at_once, most_at_once(run));
    fast.push_back(tokens_per_second(run));
    slow.push_back(tokens_per_second(drive_closed(to_slab, {as}, clients, with.either(24u, 32u), i)));
  }
  const double ours = median_of(fast), theirs = median_of(slow);
  return {{"throughput, 32 clients, keys and values of " + std::to_string(slots * context) + " tokens",
           ours / theirs, 1.15, true, "x",
           print_number(ours, 1) + " against " + print_number(theirs, 1) + " tokens/s; " +
               std::to_string(at_once) + " sequences at once against " + std::to_string(slots)}};
}

}  // namespace hawser::cli
