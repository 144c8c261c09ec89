/// A file that appears under its name only when it is complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace hawser::cli {

/// Written under another name in the same folder, renamed by finish(), and gone without it: when this goes,
/// and when SIGINT, SIGTERM or SIGHUP ends the program. One at a time in a process. Failures are thrown as
/// failure (exit_code::output), with one sentence.
class partial_file {
 public:
  /// `size` bytes, zero until they are written. Takes the room at once, where the file system can: a full
  /// disk is better known before the work.
  partial_file(const std::string& path, std::uint64_t size);
  partial_file(const partial_file&) = delete;
  partial_file& operator=(const partial_file&) = delete;
  ~partial_file();

  /// Where it is until finish().
  [[nodiscard]] const std::string& partial_path() const noexcept { return partial_; }

  /// Any thread; parts may be written in any order, but must not overlap.
  void write(std::uint64_t offset, std::span<const std::byte> bytes) const;

  /// Everything reaches the disk, then the name changes hands.
  void finish();

 private:
  [[noreturn]] void fail(int number) const;

  std::string path_;
  std::string partial_;
  int file_ = -1;
};

}  // namespace hawser::cli
