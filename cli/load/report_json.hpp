/// A run's report as JSON (docs/load.md lists its members).
#pragma once

#include "cli/load/run.hpp"

#include <boost/json/object.hpp>

namespace hawser::load {

[[nodiscard]] boost::json::object report_json(const run_report& of);

/// Share of goodput in the requests that ended, requests and tokens a second of one class or all.
struct rates {
  double requests = 0;  ///< complete, a second
  double good = 0;
  double tokens = 0;
  double good_tokens = 0;
};
[[nodiscard]] rates rates_of(const class_tally& one, std::chrono::nanoseconds length);

/// CPU seconds of the sending thread for 1,000 tokens of answers; 0 without tokens.
[[nodiscard]] double cpu_per_thousand(const run_report& of);

}  // namespace hawser::load
