#include "cli/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hawser::cli {

progress_bar::progress_bar(std::string title)
    : title_(std::move(title)), visible_(isatty(STDERR_FILENO) == 1) {}

progress_bar::~progress_bar() {
  clear();
}

void progress_bar::clear() {
  // Back to the start of the line, and clear it.
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void progress_bar::show(std::uint64_t done, std::uint64_t all, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  const bool due = now - last_ >= std::chrono::milliseconds(100) || done >= all;
  if (!visible_ || !due) return;
  last_ = now;
  drawn_ = true;
  constexpr std::size_t width = 30;
  std::fprintf(stderr, "\r\033[K%s %s %s", title_.c_str(), draw_bar(done, all, width).c_str(), note.c_str());
  std::fflush(stderr);
}

std::string draw_bar(std::uint64_t done, std::uint64_t all, std::size_t width) {
  const double part = all == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
  const auto percent = std::to_string(static_cast<int>(part * 100));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "] " +
         std::string(3 - percent.size(), ' ') + percent + " %";
}

}  // namespace hawser::cli
