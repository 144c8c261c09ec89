#include "cli/top/live_screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>

namespace hawser::cli {

namespace {

constexpr std::string_view own_page = "\033[?1049h\033[?25l";
constexpr std::string_view as_before = "\033[?25h\033[?1049l";
constexpr std::string_view home = "\033[H";
constexpr std::string_view next_line = "\033[K\r\n";
constexpr std::string_view clear_rest = "\033[K\033[J";

}  // namespace

live_screen::live_screen() : terminal_(isatty(STDOUT_FILENO) == 1) {}

live_screen::~live_screen() {
  if (terminal_ && begun_) std::cout << as_before << std::flush;
}

frame_size live_screen::size() const noexcept {
  winsize told{};
  if (!terminal_ || ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) != 0) return {};
  return {told.ws_col, told.ws_row};
}

bool live_screen::show(std::string_view frame) {
  const bool first = !std::exchange(begun_, true);
  if (!terminal_) {
    std::cout << (first ? "" : "\n") << frame << "\n" << std::flush;
    return std::cout.good();
  }
  std::string bytes(first ? own_page : "");
  bytes += home;
  for (const char c : frame) {
    if (c == '\n') {
      bytes += next_line;
    } else {
      bytes += c;
    }
  }
  bytes += clear_rest;
  std::cout << bytes << std::flush;
  return std::cout.good();
}

}  // namespace hawser::cli
