/// One answer, as it is made or when it is whole, with the question that it answers.
#pragma once

#include "actors/answer_tape.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::actors {

/// Counts bytes in a total for as long as it lives.
class byte_charge {
 public:
  explicit byte_charge(std::size_t& total) noexcept : total_(&total) {}
  byte_charge(const byte_charge&) = delete;
  byte_charge& operator=(const byte_charge&) = delete;
  ~byte_charge() { set(0); }

  void set(std::size_t bytes) noexcept {
    *total_ += bytes;
    *total_ -= bytes_;
    bytes_ = bytes;
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t* total_;
  std::size_t bytes_ = 0;
};

/// Grows at its end; what all have read may be taken away at its beginning, and then it is not whole any
/// more. Positions count from the very beginning. Its bytes (capacities, and a fixed sum for what holds it)
/// are in `total`, which must live longer.
class recording {
 public:
  recording(std::size_t& total, std::string question);

  /// May throw std::bad_alloc; then it is as it was.
  template <class Event>
  void add(const Event& event) {
    const std::size_t before = tape_.size();
    try {
      write_event(tape_, event);
    } catch (...) {
      tape_.resize(before);
      throw;
    }
    count();
  }
  /// Nothing follows; its memory is trimmed.
  void close(const ended& last);

  /// It will not be remembered: the question goes, and so may what lies before `at`.
  void forget_before(std::size_t at);

  [[nodiscard]] bool is_whole() const noexcept { return whole_; }
  [[nodiscard]] const std::optional<ended>& last() const noexcept { return last_; }
  [[nodiscard]] const std::string& question() const noexcept { return question_; }
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t end() const noexcept { return begin_ + tape_.size(); }
  /// The event at `at`, which moves behind it; nothing at the end. `at` is in [begin(), end()].
  [[nodiscard]] std::optional<answer_event> read(std::size_t& at) const;
  /// All events that were added.
  [[nodiscard]] std::string_view tape() const noexcept { return tape_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return charge_.bytes(); }

 private:
  void count() noexcept;

  byte_charge charge_;
  std::string question_;
  std::string tape_;
  std::size_t begin_ = 0;
  std::optional<ended> last_;
  bool whole_ = true;
};

}  // namespace hawser::actors
