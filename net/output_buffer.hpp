/// Bytes that wait for the client to read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hawser::net {

/// Holds no memory when it is empty.
class output_buffer {
 public:
  void add(std::string_view bytes) {
    if (begin_ > 0 && begin_ * 2 > data_.size()) {
      data_.erase(0, begin_);
      begin_ = 0;
    }
    data_ += bytes;
  }
  [[nodiscard]] std::string_view front() const noexcept { return std::string_view(data_).substr(begin_); }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size() - begin_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  void consume(std::size_t bytes) {
    begin_ += bytes;
    if (begin_ < data_.size()) return;
    begin_ = 0;
    // A stream's next token reuses a small buffer; a large one goes back.
    if (data_.capacity() > 4096) {
      std::string().swap(data_);
    } else {
      data_.clear();
    }
  }
  void release() { std::string().swap(data_); }

 private:
  std::string data_;
  std::size_t begin_ = 0;
};

}  // namespace hawser::net
