#include "actors/stop_scan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {

stop_scan::stop_scan(std::vector<std::string> stops) {
  for (std::string& text : stops) {
    if (text.empty()) continue;
    std::vector<std::uint32_t> fallback(text.size() + 1, 0);
    for (std::uint32_t i = 1, border = 0; i < text.size(); ++i) {
      while (border > 0 && text[i] != text[border]) border = fallback[border];
      if (text[i] == text[border]) ++border;
      fallback[i + 1] = border;
    }
    stops_.push_back({std::move(text), std::move(fallback), 0});
  }
}

stop_scan::found stop_scan::read(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    const std::string* longest = nullptr;
    for (pattern& stop : stops_) {
      std::uint32_t& matched = stop.matched;
      while (matched > 0 && (matched == stop.text.size() || stop.text[matched] != piece[i])) {
        matched = stop.fallback[matched];
      }
      if (stop.text[matched] == piece[i]) ++matched;
      if (matched == stop.text.size() && (longest == nullptr || longest->size() < stop.text.size())) {
        longest = &stop.text;
      }
    }
    if (longest != nullptr) return {i + 1, longest};
  }
  return {};
}

std::size_t stop_scan::suspicious() const noexcept {
  std::size_t most = 0;
  for (const pattern& stop : stops_) most = std::max<std::size_t>(most, stop.matched);
  return most;
}

}  // namespace hawser::actors
