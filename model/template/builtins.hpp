/// What every template can call: filters, tests, the methods of values, and Jinja's and transformers'
/// functions.
#pragma once

#include "model/template/value.hpp"

#include <chrono>
#include <string_view>

namespace hawser::model::jinja {

/// What a filter may ask of the interpreter that calls it.
class host {
 public:
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  [[nodiscard]] virtual meter& spending() noexcept = 0;
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() const noexcept = 0;
  [[nodiscard]] virtual value call(const value& callee, arguments args) = 0;
  /// Keeps a namespace alive until the end of the rendering.
  virtual void keep(std::shared_ptr<name_space> made) = 0;

 protected:
  host() = default;
  ~host() = default;
};

[[nodiscard]] bool is_filter(std::string_view name);
[[nodiscard]] bool is_test(std::string_view name);

[[nodiscard]] value apply_filter(host& h, std::string_view name, const value& input, arguments args);
[[nodiscard]] bool apply_test(host& h, std::string_view name, const value& input, const arguments& args);

/// The function of this name, or an undefined value.
[[nodiscard]] value global_function(std::string_view name);
[[nodiscard]] value call_builtin(host& h, builtin which, arguments args);

[[nodiscard]] bool has_method(const value& receiver, std::string_view name);
[[nodiscard]] value call_method(host& h, const value& receiver, std::string_view name, arguments args);

}  // namespace hawser::model::jinja
