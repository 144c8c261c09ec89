/// What one rendering may still spend, and how trouble inside the interpreter travels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace hawser::model::jinja {

/// Thrown inside template/ and caught by chat_template::compile and render, which turn it into a
/// model::error: every node of a tree walk can fail, and threading a result through each of them would bury
/// the walk.
struct trouble {
  std::string what;
};

/// raise_exception(): the template's own words for the person who sent the messages, shown as they are.
struct refusal {
  std::string what;
};

[[noreturn]] void fail(std::string what);

/// Steps, live bytes and nesting of one rendering. Owned by it; every value made during it dies before it.
class meter {
 public:
  meter(std::uint64_t steps, std::size_t bytes, std::uint32_t depth) noexcept
      : steps_(steps), bytes_(bytes), levels_(std::uint64_t{depth} * levels_per_call), calls_(depth) {}

  meter(const meter&) = delete;
  meter& operator=(const meter&) = delete;

  void step(std::uint64_t n = 1) {
    if (n > steps_) out_of_steps();
    steps_ -= n;
  }

  /// Copying, searching or comparing `bytes` costs time too: a page of them is one step.
  void work(std::size_t bytes) { step(bytes / bytes_per_step); }

  /// Live memory, checked before it is allocated. Fails; what was taken is given back by `charge`.
  void take(std::size_t bytes) {
    if (bytes > bytes_) out_of_bytes(bytes);
    bytes_ -= bytes;
  }

  void give(std::size_t bytes) noexcept { bytes_ += bytes; }

  /// Whether a result of this size may be made at all; nothing is taken yet.
  void ensure(std::size_t bytes) const {
    if (bytes > bytes_) out_of_bytes(bytes);
  }

  void enter_level() {
    if (levels_ == 0) too_deep();
    --levels_;
  }

  void leave_level() noexcept { ++levels_; }

  void enter_call() {
    if (calls_ == 0) too_deep();
    --calls_;
  }

  void leave_call() noexcept { ++calls_; }

 private:
  static constexpr std::size_t bytes_per_step = 4096;
  static constexpr std::uint64_t levels_per_call = 16;

  [[noreturn]] static void out_of_steps();
  [[noreturn]] static void out_of_bytes(std::size_t wanted);
  [[noreturn]] static void too_deep();

  std::uint64_t steps_;
  std::size_t bytes_;
  std::uint64_t levels_;
  std::uint32_t calls_;
};

/// Bytes that a value holds; given back when it dies. Of no meter: a literal of the program.
class charge {
 public:
  charge() = default;

  charge(meter& m, std::size_t bytes) : meter_(&m), bytes_(bytes) { m.take(bytes); }

  charge(charge&& other) noexcept
      : meter_(std::exchange(other.meter_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

  charge& operator=(charge&& other) noexcept {
    std::swap(meter_, other.meter_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  ~charge() {
    if (meter_ != nullptr) meter_->give(bytes_);
  }

  void grow(std::size_t bytes) {
    meter_->take(bytes);
    bytes_ += bytes;
  }

 private:
  meter* meter_ = nullptr;
  std::size_t bytes_ = 0;
};

/// One level of the walk over the tree, or of a walk over nested values.
class level {
 public:
  explicit level(meter& m) : meter_(m) { meter_.enter_level(); }

  level(const level&) = delete;
  level& operator=(const level&) = delete;

  ~level() { meter_.leave_level(); }

 private:
  meter& meter_;
};

/// One call of a macro, of a caller or of a recursive loop.
class call_level {
 public:
  explicit call_level(meter& m) : meter_(m) { meter_.enter_call(); }

  call_level(const call_level&) = delete;
  call_level& operator=(const call_level&) = delete;

  ~call_level() { meter_.leave_call(); }

 private:
  meter& meter_;
};

/// A string under construction that can never outgrow the budget.
class text_builder {
 public:
  explicit text_builder(meter& m) : meter_(m), paid_(m, 0) {}

  void append(std::string_view s) {
    meter_.work(s.size());
    paid_.grow(s.size());
    bytes_.append(s);
  }

  void append(char c) {
    paid_.grow(1);
    bytes_.push_back(c);
  }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

  [[nodiscard]] std::string take() {
    paid_ = charge();
    return std::move(bytes_);
  }

 private:
  meter& meter_;
  charge paid_;
  std::string bytes_;
};

}  // namespace hawser::model::jinja
