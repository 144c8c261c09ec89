/// Standard output, when it is drawn upon again and again.
#pragma once

#include "cli/top/frame.hpp"

#include <string_view>

namespace hawser::cli {

/// On a terminal a page of its own, without a cursor, until the object goes: then all is as it was. Anywhere
/// else frames are printed one below the other, with an empty line between.
class live_screen {
 public:
  live_screen();
  live_screen(const live_screen&) = delete;
  live_screen& operator=(const live_screen&) = delete;
  ~live_screen();

  [[nodiscard]] bool is_terminal() const noexcept { return terminal_; }
  /// 0 by 0 where there is no terminal.
  [[nodiscard]] frame_size size() const noexcept;
  /// False: the output cannot be written.
  [[nodiscard]] bool show(std::string_view frame);

 private:
  bool terminal_;
  bool begun_ = false;
};

}  // namespace hawser::cli
