/// What a quantization bought and what it cost: both files measured the same way.
#pragma once

#include "cli/perplexity_meter.hpp"
#include "cli/speed_meter.hpp"
#include "conf/settings.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>

namespace hawser::cli {

struct report_request {
  std::string text;  ///< of the perplexity; not a path
  std::uint32_t context = 512;
  std::uint32_t prompt = 512;
  std::uint32_t generate = 64;
  std::uint32_t repeat = 3;
  conf::cpu_settings cpu;
};

/// Of one model file.
struct model_figures {
  std::uint64_t file_bytes = 0;
  std::uint64_t weight_bytes = 0;  ///< in memory, packed for the kernels
  perplexity text;
  speed one_stream;  ///< medians
};

/// Loads the model, runs the text, then a prompt and an answer `repeat` times. Draws a progress bar named
/// `title`. Throws failure and model::failure.
[[nodiscard]] model_figures measure_model(const std::string& path, const report_request& how,
                                          const std::string& title);

/// A table: before, after, change.
[[nodiscard]] std::string print_report(const model_figures& before, const model_figures& after,
                                       const report_request& how);
/// The same, of one file.
[[nodiscard]] boost::json::object report_json(const model_figures& figures, const report_request& how);

}  // namespace hawser::cli
