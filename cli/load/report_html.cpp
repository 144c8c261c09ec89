#include "cli/load/report_html.hpp"

#include "cli/load/report_json.hpp"
#include "cli/load/svg_plot.hpp"

#include <array>
#include <cstdio>

namespace hawser::load {

namespace {

constexpr std::string_view style = R"(<style>
:root{--ink:#1c2330;--soft:#5d6675;--line:#d9dee6;--page:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ef;--soft:#98a2b3;--line:#333b47;--page:#14181f}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1180px;margin:2em auto;padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;margin:1em 0;display:block;overflow-x:auto}
td,th{padding:.25em .7em;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
td:first-child,th:first-child{text-align:left}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1em}
svg{width:100%;height:auto;font-size:11px}svg text{fill:var(--soft)}svg text.t{fill:var(--ink);font-size:13px;font-weight:600}
svg line{stroke:var(--line)}svg polyline{fill:none;stroke-width:1.7}
.s0{stroke:#2f6fde}.s1{stroke:#d9722b}.s2{stroke:#2f9e63}.s3{stroke:#c2417c}.s4{stroke:#8a63d2}.s5{stroke:#7d8794}
svg text.k{stroke:none}.k.s0,.d.s0{fill:#2f6fde}.k.s1,.d.s1{fill:#d9722b}.k.s2,.d.s2{fill:#2f9e63}
.k.s3,.d.s3{fill:#c2417c}.k.s4,.d.s4{fill:#8a63d2}.k.s5,.d.s5{fill:#7d8794}.d{fill-opacity:.45;stroke:none!important}
</style>)";

std::string number(double value, int decimals) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(length < 0 ? 0 : length)};
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string ms(std::chrono::nanoseconds time) {
  return number(seconds(time) * 1e3, 1);
}

/// The share of values that are at most x milliseconds, in percent.
plot_series shares_of(const std::string& name, const histogram& h) {
  plot_series made{name, {}, false};
  double below = 0;
  for (const auto& bar : h.bars(16)) {
    if (made.points.empty()) made.points.emplace_back(static_cast<double>(bar.low_us) / 1e3, 0.0);
    below += static_cast<double>(bar.count);
    made.points.emplace_back(static_cast<double>(bar.high_us) / 1e3,
                             100.0 * below / static_cast<double>(h.count()));
  }
  return made;
}

plot latency_plot(const std::string& title, const run_report& of, const histogram class_tally::* which) {
  plot made{title, "milliseconds", "% of requests within", true, {}};
  for (const class_tally& one : of.results.classes()) {
    if ((one.*which).count() > 0) made.series.push_back(shares_of(one.name, one.*which));
  }
  return made;
}

struct over_time {
  std::vector<slot> slots;
  double each = 1;  // seconds

  [[nodiscard]] plot_series of(const std::string& name, double (*value)(const slot&), bool a_second) const {
    plot_series made{name, {}, false};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      made.points.emplace_back((static_cast<double>(i) + 0.5) * each,
                               value(slots[i]) / (a_second ? each : 1));
    }
    return made;
  }
};

std::string time_plots(const run_report& of) {
  std::chrono::nanoseconds length{};
  over_time shown{of.results.over_time().slots(200, length), 1};
  shown.each = seconds(length);
  std::string out;
  out += svg_of({"Tokens",
                 "seconds",
                 "tokens/s",
                 false,
                 {shown.of("answers", [](const slot& s) { return s.tokens; }, true)}});
  out += svg_of({"Requests",
                 "seconds",
                 "requests/s",
                 false,
                 {shown.of(
                      "due", [](const slot& s) { return double(s.due); }, true),
                  shown.of(
                      "complete", [](const slot& s) { return double(s.complete); }, true),
                  shown.of(
                      "good", [](const slot& s) { return double(s.good); }, true),
                  shown.of(
                      "refused", [](const slot& s) { return double(s.refused); }, true),
                  shown.of("failed", [](const slot& s) { return double(s.failed); }, true)}});
  out += svg_of({"Queueing",
                 "seconds",
                 "requests",
                 false,
                 {shown.of(
                      "in flight", [](const slot& s) { return double(s.in_flight); }, false),
                  shown.of("no text yet", [](const slot& s) { return double(s.waiting); }, false)}});
  return out;
}

std::string first_text_plot(const run_report& of) {
  plot made{"First text of each request", "intended time, seconds", "milliseconds", false, {}};
  for (const class_tally& one : of.results.classes()) made.series.push_back({one.name, {}, true});
  constexpr std::size_t most = 4000;
  const auto& all = of.results.outcomes();
  const std::size_t stride = all.size() / most + 1;
  for (std::size_t i = 0; i < all.size(); i += stride) {
    if (all[i].first_text.count() == 0) continue;
    made.series[all[i].of_class].points.emplace_back(seconds(all[i].intended),
                                                     seconds(all[i].first_text - all[i].intended) * 1e3);
  }
  return svg_of(made);
}

std::string table_of(const run_report& of) {
  std::vector<std::vector<std::string>> rows{{"class", "requests", "complete", "refused", "failed",
                                              "requests/s", "tokens/s", "good", "first p50", "first p99",
                                              "gap p50", "gap p99", "whole p50", "whole p99"}};
  const auto add = [&](const class_tally& one) {
    const rates a = rates_of(one, of.results.length());
    const double good =
        one.requests == 0 ? 0 : 100.0 * static_cast<double>(one.good) / static_cast<double>(one.requests);
    rows.push_back({one.name, std::to_string(one.requests), std::to_string(one.count(ending::complete)),
                    std::to_string(one.refused()), std::to_string(one.failed()), number(a.requests, 2),
                    number(a.tokens, 1), number(good, 1) + " %", ms(one.ttft.percentile(50)),
                    ms(one.ttft.percentile(99)), ms(one.gaps.percentile(50)), ms(one.gaps.percentile(99)),
                    ms(one.e2e.percentile(50)), ms(one.e2e.percentile(99))});
  };
  for (const class_tally& one : of.results.classes()) add(one);
  if (of.results.classes().size() > 1) add(of.results.sum());
  return html_table(rows);
}

}  // namespace

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<table>";
  bool head = true;
  for (const auto& row : rows) {
    out += "<tr>";
    for (const std::string& cell : row)
      out += (head ? "<th>" : "<td>") + html_escaped(cell) + (head ? "</th>" : "</td>");
    out += "</tr>";
    head = false;
  }
  return out + "</table>";
}

std::string html_page(std::string_view title, std::string_view content) {
  const std::string name = html_escaped(title);
  std::string out = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width\"><title>";
  out += name + "</title>";
  out += style;
  out += "</head><body><h1>" + name + "</h1>";
  out += content;
  return out + "</body></html>\n";
}

std::string html_of_run(std::string_view name, const run_report& of) {
  const class_tally all = of.results.sum();
  std::string out = "<h2>" + html_escaped(name) + "</h2>" + table_of(of) + "<p>";
  for (std::size_t i = 0; i < endings; ++i) {
    if (all.by_ending[i] == 0) continue;
    out += std::string(ending_names[i]) + " " + std::to_string(all.by_ending[i]) + "; ";
  }
  out += number(seconds(of.wall), 1) + " s; the client used " + number(cpu_per_thousand(of), 4) +
         " CPU seconds for 1,000 tokens. Times are milliseconds, counted from the intended send time; "
         "percentiles to " +
         number(histogram::relative_error * 100, 1) + " %.</p><div class=\"plots\">";
  out += svg_of(latency_plot("First text", of, &class_tally::ttft));
  out += svg_of(latency_plot("Between texts", of, &class_tally::gaps));
  out += svg_of(latency_plot("Whole answer", of, &class_tally::e2e));
  out += time_plots(of) + first_text_plot(of);
  return out + "</div>";
}

std::string report_html(std::string_view title, const std::vector<named_run>& runs) {
  std::string content;
  for (const auto& [name, run] : runs) content += html_of_run(name, *run);
  return html_page(title, content);
}

}  // namespace hawser::load
