#include "cli/load/svg_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace hawser::load {

namespace {

constexpr double width = 560, height = 260;
constexpr double left = 58, right = 14, top = 30, bottom = 44;

/// "0.5", "12", "3.4k".
std::string short_number(double value) {
  std::array<char, 32> text{};
  const bool kilo = std::abs(value) >= 10'000;
  const int length =
      std::snprintf(text.data(), text.size(), "%.4g%s", kilo ? value / 1000 : value, kilo ? "k" : "");
  return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

std::string place(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.1f", value);
  return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

struct range {
  double low = 0;
  double high = 1;
};

class drawing {
 public:
  explicit drawing(const plot& of) : of_(of) {
    bool any = false;
    for (const plot_series& one : of.series) {
      for (const auto& [x, y] : one.points) {
        if (of.log_x && x <= 0) continue;
        const double at = scale_x(x);
        x_ = any ? range{std::min(x_.low, at), std::max(x_.high, at)} : range{at, at};
        y_.high = any ? std::max(y_.high, y) : y;
        any = true;
      }
    }
    empty_ = !any;
    y_.low = 0;
    if (y_.high <= 0) y_.high = 1;
    if (x_.high <= x_.low) x_.high = x_.low + 1;
  }

  std::string text() {
    out_ = "<svg viewBox=\"0 0 560 260\" role=\"img\"><text class=\"t\" x=\"58\" y=\"18\">" +
           html_escaped(of_.title) + "</text>";
    draw_axes();
    if (empty_) out_ += "<text x=\"250\" y=\"130\">nothing to show</text>";
    for (std::size_t i = 0; i < of_.series.size(); ++i) draw(of_.series[i], i);
    out_ += "</svg>";
    return std::move(out_);
  }

 private:
  [[nodiscard]] double scale_x(double x) const { return of_.log_x ? std::log10(x) : x; }
  [[nodiscard]] double at_x(double scaled) const {
    return left + (scaled - x_.low) / (x_.high - x_.low) * (width - left - right);
  }
  [[nodiscard]] double at_y(double y) const {
    return height - bottom - (y - y_.low) / (y_.high - y_.low) * (height - top - bottom);
  }

  void line(double x1, double y1, double x2, double y2) {
    out_ += "<line x1=\"" + place(x1) + "\" y1=\"" + place(y1) + "\" x2=\"" + place(x2) + "\" y2=\"" +
            place(y2) + "\"/>";
  }
  void words(double x, double y, const char* anchor, const std::string& text) {
    out_ += "<text x=\"" + place(x) + "\" y=\"" + place(y) + "\" text-anchor=\"" + anchor + "\">" +
            html_escaped(text) + "</text>";
  }

  void draw_axes() {
    for (const double y : nice_ticks(y_.low, y_.high, 5)) {
      line(left, at_y(y), width - right, at_y(y));
      words(left - 5, at_y(y) + 4, "end", short_number(y));
    }
    if (of_.log_x) {
      for (int power = static_cast<int>(std::floor(x_.low)); power <= static_cast<int>(std::ceil(x_.high));
           ++power) {
        for (const double part : {1.0, 2.0, 5.0})
          x_tick(power + std::log10(part), std::pow(10.0, power) * part);
      }
    } else {
      for (const double x : nice_ticks(x_.low, x_.high, 7)) x_tick(x, x);
    }
    words((left + width - right) / 2, height - 8, "middle", of_.x_label);
    words(width - right, 18, "end", of_.y_label);
  }

  void x_tick(double scaled, double value) {
    if (empty_ || scaled < x_.low || scaled > x_.high) return;
    line(at_x(scaled), top, at_x(scaled), height - bottom);
    words(at_x(scaled), height - bottom + 15, "middle", short_number(value));
  }

  void draw(const plot_series& one, std::size_t index) {
    const std::string style = "s" + std::to_string(index % 6);
    std::string path;
    for (const auto& [x, y] : one.points) {
      if (of_.log_x && x <= 0) continue;
      if (one.dots)
        path += "<circle cx=\"" + place(at_x(scale_x(x))) + "\" cy=\"" + place(at_y(y)) + "\" r=\"1.5\"/>";
      else
        path += place(at_x(scale_x(x))) + "," + place(at_y(y)) + " ";
    }
    out_ += one.dots ? "<g class=\"d " + style + "\">" + path + "</g>"
                     : "<polyline class=\"" + style + "\" points=\"" + path + "\"/>";
    const double y = top + 12 + 14 * static_cast<double>(index);
    out_ += "<text class=\"k " + style + "\" x=\"" + place(width - right - 6) + "\" y=\"" + place(y) +
            "\" text-anchor=\"end\">" + html_escaped(one.name) + "</text>";
  }

  const plot& of_;
  range x_, y_;
  bool empty_ = true;
  std::string out_;
};

}  // namespace

std::vector<double> nice_ticks(double low, double high, int about) {
  std::vector<double> made;
  if (!(low < high)) return made;
  const double rough = (high - low) / about;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double part = rough / power;
  const double step = power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
  for (double n = std::ceil(low / step); n * step <= high * (1 + 1e-9); ++n) made.push_back(n * step);
  return made;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      out += c;
    }
  }
  return out;
}

std::string svg_of(const plot& of) {
  return drawing(of).text();
}

}  // namespace hawser::load
