/// How the sentences of this room's errors are put together. Inside model/ only.
#pragma once

#include "model/error.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace hawser::model::wording {

/// The text between quotes, fit for a terminal: control and non-ASCII bytes as \xNN, cut after 80 characters.
[[nodiscard]] std::string quoted(std::string_view text);

inline void append(std::string& to, std::string_view part) {
  to += part;
}

template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
void append(std::string& to, Number part) {
  to += std::to_string(part);
}

/// An error whose sentence is the parts, one after the other.
template <class... Part>
[[nodiscard]] error failed(errc cause, const Part&... parts) {
  std::string what;
  (append(what, parts), ...);
  return error{cause, std::move(what)};
}

}  // namespace hawser::model::wording
