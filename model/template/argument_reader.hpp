/// The arguments of a built-in function, matched to its parameters as Python does.
#pragma once

#include "model/template/value.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::model::jinja {

class argument_reader {
 public:
  /// Fails when there are more arguments than `names`, when one has another name, or is given twice.
  argument_reader(std::string_view function, const arguments& given,
                  std::initializer_list<std::string_view> names);

  [[nodiscard]] bool has(std::size_t i) const noexcept { return values_[i].has_value(); }

  /// The argument, or Python's None when it was not given.
  [[nodiscard]] value get(std::size_t i) const { return values_[i] ? *values_[i] : value(none{}); }

  [[nodiscard]] value need(std::size_t i) const;
  [[nodiscard]] std::string text_or(std::size_t i, std::string_view otherwise) const;
  [[nodiscard]] std::int64_t integer_or(std::size_t i, std::int64_t otherwise) const;
  [[nodiscard]] bool truth_or(std::size_t i, bool otherwise) const {
    return values_[i] ? truth(*values_[i]) : otherwise;
  }

 private:
  std::string function_;
  std::vector<std::string> names_;
  std::vector<std::optional<value>> values_;
};

}  // namespace hawser::model::jinja
