/// Server-sent events, as they come.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hawser::load {

/// Pure and incremental: finds the "data" of each event in bytes that may be cut anywhere. Lines end with LF
/// or CR LF; comments, event names and ids are skipped; several data lines of one event are joined by LF.
class sse_splitter {
 public:
  static constexpr std::size_t longest = 16u << 20;

  /// Calls on_data(std::string_view) for each event that became complete; the view is valid during the call.
  /// False: an event is longer than `longest`.
  template <class Function>
  [[nodiscard]] bool feed(std::string_view bytes, Function on_data) {
    while (true) {
      const auto end = bytes.find('\n');
      if (end == std::string_view::npos) break;
      const std::string_view rest = bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      if (half_.empty()) {
        take_line(rest, on_data);
      } else {
        half_ += rest;
        take_line(half_, on_data);
        half_.clear();
      }
    }
    half_ += bytes;
    return half_.size() + data_.size() <= longest;
  }

 private:
  template <class Function>
  void take_line(std::string_view line, Function& on_data) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      if (has_data_) on_data(std::string_view(data_));
      data_.clear();
      has_data_ = false;
      return;
    }
    if (!line.starts_with("data:")) return;
    line.remove_prefix(5);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    has_data_ = true;
    data_ += line;
  }

  std::string half_;  // a line that has no end yet
  std::string data_;
  bool has_data_ = false;
};

}  // namespace hawser::load
