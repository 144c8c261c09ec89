/// The file's own Jinja chat template, interpreted: no I/O, and budgets for steps, depth and output.
#pragma once

#include "model/error.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hawser::model {

struct template_budget {
  std::uint64_t steps = 1'000'000;  ///< evaluated nodes and loop turns
  std::uint32_t depth = 64;         ///< nested calls and expressions
  std::size_t output = 64u << 20;   ///< bytes, intermediate strings included
};

/// What stands before and behind a model's thoughts. Empty: none.
struct thought_marks {
  std::string_view open{};
  std::string_view close{};
};

/// Immutable once compiled: any number of threads may render at once.
class chat_template {
 public:
  /// Error bad_template: line, column and what was found there.
  [[nodiscard]] static result<chat_template> compile(std::string_view source);

  /// `context` is an object: messages, tools, add_generation_prompt, bos_token, eos_token, and whatever else
  /// the caller wants visible. `now` is what strftime_now shows (time comes from the caller). Error
  /// template_failed: raise_exception's own words, or what went wrong and on which line.
  [[nodiscard]] result<std::string> render(const boost::json::object& context,
                                           std::chrono::system_clock::time_point now,
                                           const template_budget& budget = {}) const;

  /// It may show `now`.
  [[nodiscard]] bool tells_time() const noexcept;

  /// As its source names them: of those that models are known to use.
  [[nodiscard]] thought_marks thoughts() const noexcept;

 private:
  struct program;

  explicit chat_template(std::shared_ptr<const program> p) : program_(std::move(p)) {}

  std::shared_ptr<const program> program_;
};

}  // namespace hawser::model
