/// Values as text: Python's str() and repr(), and json.dumps().
#pragma once

#include "model/template/value.hpp"

#include <string>
#include <string_view>

namespace hawser::model::jinja {

/// str(): text as it is, an undefined value as nothing.
void print(meter& m, const value& v, text_builder& out);
[[nodiscard]] std::string printed(meter& m, const value& v);

/// With & < > " ' as HTML's entities.
void print_escaped(std::string_view s, text_builder& out);

void print_repr(meter& m, const value& v, text_builder& out);

/// The shortest digits that read back as the same number, as Python writes them: 1.0, 1e-05, 1e+16, inf, nan.
[[nodiscard]] std::string printed_real(double d);

struct json_style {
  bool ascii_only = false;
  bool sort_keys = false;
  bool broken_lines = false;      ///< indent was given
  bool separators_given = false;  ///< otherwise json.dumps's default for the style
  std::string indent;
  std::string between;  ///< items
  std::string after_key;
};

/// Fails for what json.dumps does not know: undefined values, functions, iterators.
void print_json(meter& m, const value& v, const json_style& style, text_builder& out);

}  // namespace hawser::model::jinja
