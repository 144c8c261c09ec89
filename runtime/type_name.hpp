/// The name of a type as people write it, made by the compiler.
#pragma once

#include <string_view>

namespace hawser::runtime {

/// "hawser::actors::run_step" for that struct.
template <class T>
[[nodiscard]] constexpr std::string_view type_name() noexcept {
  constexpr std::string_view whole = __PRETTY_FUNCTION__;
  constexpr std::size_t begin = whole.find("T = ") + 4;
  // g++ goes on after a semicolon, clang ends with the bracket.
  constexpr std::size_t semicolon = whole.find(';', begin);
  constexpr std::size_t end = semicolon == std::string_view::npos ? whole.size() - 1 : semicolon;
  return whole.substr(begin, end - begin);
}

}  // namespace hawser::runtime
