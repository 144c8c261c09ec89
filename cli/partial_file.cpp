#include "cli/partial_file.hpp"

#include "cli/failure.hpp"
#include "cli/text_table.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace hawser::cli {

namespace {

constexpr std::array ending{SIGINT, SIGTERM, SIGHUP};

/// What the signal handler removes; a fixed array, because a handler may not allocate.
std::array<char, 4096> remove_at_end{};

extern "C" void remove_and_end(int number) {
  ::unlink(remove_at_end.data());
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void watch_signals(const std::string& path) {
  if (path.size() >= remove_at_end.size()) return;
  std::memcpy(remove_at_end.data(), path.c_str(), path.size() + 1);
  for (const int number : ending) {
    // What the caller's shell ignores (nohup) stays ignored.
    if (std::signal(number, remove_and_end) == SIG_IGN) std::signal(number, SIG_IGN);
  }
}

void forget_signals() {
  for (const int number : ending) {
    if (std::signal(number, SIG_DFL) == SIG_IGN) std::signal(number, SIG_IGN);
  }
  remove_at_end.fill('\0');
}

}  // namespace

void partial_file::fail(int number) const {
  throw failure(exit_code::output, path_ + " cannot be written: " + std::strerror(number));
}

partial_file::partial_file(const std::string& path, std::uint64_t size)
    : path_(path), partial_(path + ".partial-" + std::to_string(::getpid())) {
  watch_signals(partial_);
  file_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) {
    const int number = errno;
    forget_signals();
    fail(number);
  }
  // Without fallocate (NFS, some container layers) a full disk is found while writing.
  const bool allocated = ::fallocate(file_, 0, 0, static_cast<off_t>(size)) == 0;
  const bool has_no_room = !allocated && (errno == ENOSPC || errno == EFBIG || errno == EDQUOT);
  if (has_no_room || ::ftruncate(file_, static_cast<off_t>(size)) != 0) {
    const int number = errno;
    ::close(file_);
    ::unlink(partial_.c_str());
    forget_signals();
    throw failure(exit_code::output, path_ + " needs " + print_bytes(size) +
                                         ", which cannot be written there: " + std::strerror(number));
  }
}

partial_file::~partial_file() {
  if (file_ >= 0) {
    ::close(file_);
    ::unlink(partial_.c_str());
  }
  forget_signals();
}

void partial_file::write(std::uint64_t offset, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(written < 0 ? errno : ENOSPC);
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void partial_file::finish() {
  if (::fsync(file_) != 0) fail(errno);
  if (std::rename(partial_.c_str(), path_.c_str()) != 0) fail(errno);
  ::close(file_);
  file_ = -1;
}

}  // namespace hawser::cli
