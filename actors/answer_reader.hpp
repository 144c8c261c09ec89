/// One who hears an answer from a recording: where he is in it, and what the last words to him must be.
#pragma once

#include "actors/recording.hpp"
#include "runtime/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::actors {

class answer_reader {
 public:
  answer_reader(request_id id, std::uint32_t choices, answer_source from,
                std::shared_ptr<const recording> what, runtime::time_point arrived)
      : id_(id), many_(choices), from_(from), what_(std::move(what)), arrived_(arrived) {}

  /// The next letter to him, with his id; null: he has heard all that there is yet. It stays the next one
  /// until took(), before which it may be moved from.
  [[nodiscard]] answer_event* next(runtime::time_point now);
  void took(runtime::time_point now);

  /// He will hear no more from the recording: the last letters in its stead.
  [[nodiscard]] std::vector<answer_event> cut(finish why, std::string message, runtime::time_point now) const;

  [[nodiscard]] request_id id() const noexcept { return id_; }
  [[nodiscard]] answer_source from() const noexcept { return from_; }
  /// Asked for the computing himself from now on.
  void asks() noexcept { from_ = answer_source::computed; }
  /// It was found, and not computed.
  void finds() noexcept { from_ = answer_source::stored; }
  /// How far he has heard.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool has_begun() const noexcept { return prompt_tokens_ > 0; }
  [[nodiscard]] bool is_over() const noexcept { return over_; }

 private:
  struct choice {
    std::uint32_t tokens = 0;
    bool over = false;
  };

  void address_to(admitted& event) const;
  void address_to(generated& event) const { event.id = id_; }
  void address_to(choice_ended& event) const { event.id = id_; }
  void address_to(ended& event) const;
  void note(const admitted& event, runtime::time_point now);
  void note(const generated& event, runtime::time_point now);
  void note(const choice_ended& event, runtime::time_point now);
  void note(const ended& event, runtime::time_point now);
  void tell_times(ended& event, runtime::time_point now) const;

  request_id id_;
  std::uint32_t many_;
  answer_source from_;
  std::shared_ptr<const recording> what_;
  runtime::time_point arrived_;
  std::size_t at_ = 0;
  std::optional<answer_event> next_;
  std::size_t behind_next_ = 0;
  std::uint32_t new_tokens_ = 0;  // in next_
  std::uint32_t prompt_tokens_ = 0;
  std::uint32_t cached_tokens_ = 0;
  std::uint32_t answer_tokens_ = 0;
  std::vector<choice> choices_;  // once it has begun
  std::optional<runtime::time_point> first_;
  bool over_ = false;
};

}  // namespace hawser::actors
