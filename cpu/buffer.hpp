/// Memory taken from the system in whole pages: aligned, zero, and backed only where it is touched.
#pragma once

#include "model/error.hpp"

#include <cstddef>
#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace hawser::cpu {

class buffer {
 public:
  buffer() = default;
  buffer(buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  buffer& operator=(buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~buffer();

  /// `purpose` is named in the error. Large buffers ask for huge pages.
  [[nodiscard]] static model::result<buffer> make(std::size_t bytes, std::string_view purpose);

  /// Pages that are not backed yet will lie on these memory nodes by turns. Where the system cannot, it
  /// decides.
  void spread(const std::set<int>& nodes) const noexcept;

  /// The whole small pages of [from, from + bytes) go back to the system, and read as zeros until they are
  /// written.
  void discard(std::size_t from, std::size_t bytes) const noexcept;

  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  buffer(std::byte* data, std::size_t size) : data_(data), size_(size) {}

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hawser::cpu
