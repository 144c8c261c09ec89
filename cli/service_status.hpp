/// The line that `systemctl status` shows. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::cli {

/// The figures of one page of metrics.
struct service_figures {
  double running = 0;
  double waiting = 0;
  double kv = 0;         ///< share of the KV pages in use
  double generated = 0;  ///< tokens since the start
};

/// Figures that the page lacks are 0.
[[nodiscard]] service_figures read_figures(std::string_view page);

/// "serving smol: 3 running, 12 queued, kv 41 %, 55 tokens/s". `before`: the figures `since` ago; nothing:
/// there are none, and no rate.
[[nodiscard]] std::string print_status(const std::string& model, const service_figures& now,
                                       const std::optional<service_figures>& before,
                                       std::chrono::duration<double> since);

}  // namespace hawser::cli
