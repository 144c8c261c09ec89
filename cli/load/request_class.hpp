/// One kind of request in a mix.
#pragma once

#include "cli/load/amounts.hpp"
#include "cli/load/error.hpp"
#include "cli/load/slo.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::load {

struct request_class {
  std::string name = "all";
  double share = 1;  ///< of all requests, in proportion to the other classes' shares
  /// Its own arrivals, whatever the others do; empty: its share of the run's rate.
  std::vector<rate_phase> rate;
  length_spec prompt{length_spec::shape::fixed, 128, 0};
  length_spec answer{length_spec::shape::fixed, 64, 0};
  std::string priority;      ///< sent as the body's "priority"; empty: not sent
  double prefix_share = 0;   ///< of its requests that begin with one of `prefixes` shared texts
  std::uint32_t prefix = 0;  ///< tokens of a shared text, before the prompt's own
  std::uint32_t prefixes = 1;
  std::uint32_t turns = 1;           ///< of a conversation; each turn sends all that was said before
  std::chrono::nanoseconds think{};  ///< between an answer and the next turn
  double stream = 1;                 ///< share that asks for a stream
  double obey = 1;   ///< share that waits as long as Retry-After says; the others come back at once
  double leave = 0;  ///< share that goes away before its answer is complete
  slo goal;
};

/// "name=chat,share=0.2,prompt=normal:200:50,answer=64,priority=interactive,ttft=500ms,...": the fields above
/// by their names, `goal` as ttft, tpot and e2e. What is left out is as in `defaults`.
[[nodiscard]] result<request_class> read_class(std::string_view text, const request_class& defaults);

}  // namespace hawser::load
