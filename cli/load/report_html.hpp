/// A report as one HTML page that needs nothing else: no scripts, no fonts, no other file.
#pragma once

#include "cli/load/run.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::load {

using named_run = std::pair<std::string, const run_report*>;

/// One page for some runs, each under its name.
[[nodiscard]] std::string report_html(std::string_view title, const std::vector<named_run>& runs);

/// The parts of such a page: a frame with the style, one run's tables and plots, a table of cells that are
/// escaped here.
[[nodiscard]] std::string html_page(std::string_view title, std::string_view content);
[[nodiscard]] std::string html_of_run(std::string_view name, const run_report& of);
[[nodiscard]] std::string html_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace hawser::load
