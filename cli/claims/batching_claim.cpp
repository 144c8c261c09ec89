// Many at once against one after the other: the same server with all of its seats, and with one.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/text_table.hpp"

namespace hawser::cli {

std::vector<finding> measure_dynamic_batching(const claim_setting& with) {
  constexpr std::uint32_t clients = 16;
  // One seat cannot serve 16 clients in a standard request's time, and would say so.
  const std::vector<std::string> patient{"--set", "overload.throttle=false"};
  auto one_seat = patient;
  one_seat.insert(one_seat.end(), {"--seats", "1"});
  server_process many(with.model, patient), one(with.model, one_seat);
  const auto to_many = many.ready(load::dialect::completions), to_one = one.ready(load::dialect::completions);
  const auto as = class_of(with.either("prompt=64,answer=64", "prompt=16,answer=8"));
  std::vector<double> batched, single;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    batched.push_back(tokens_per_second(drive_closed(to_many, {as}, clients, with.either(48u, 16u), i)));
    single.push_back(tokens_per_second(drive_closed(to_one, {as}, clients, 16, i)));
  }
  const double ours = median_of(batched), alone = median_of(single);
  return {{"throughput, 16 clients", ours / alone, 2.5, true, "x",
           print_number(ours, 1) + " against " + print_number(alone, 1) + " tokens/s"}};
}

}  // namespace hawser::cli
