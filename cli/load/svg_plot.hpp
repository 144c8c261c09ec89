/// Line plots as SVG, for a page that stands alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hawser::load {

struct plot_series {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< by x
  bool dots = false;                              ///< points only, no line
};

struct plot {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;  ///< x <= 0 is left out then
  std::vector<plot_series> series;
};

/// One <svg> element; colours come from the page's style (classes s0 to s5). Without a point: a frame that
/// says so.
[[nodiscard]] std::string svg_of(const plot& of);

/// `text` for the content of an element or an attribute.
[[nodiscard]] std::string html_escaped(std::string_view text);

/// Steps of 1, 2 or 5 times a power of ten that divide [low, high] into about `about` parts. Empty unless low
/// < high.
[[nodiscard]] std::vector<double> nice_ticks(double low, double high, int about);

}  // namespace hawser::load
