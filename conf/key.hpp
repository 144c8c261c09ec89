/// The table of keys. Reading, checking, printing and documenting the configuration all walk this one table.
#pragma once

#include "conf/settings.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hawser::conf {

/// Where a key's value lives in a `settings`.
using slot =
    std::variant<bool*, std::int64_t*, double*, std::string*, seconds_count*, byte_count*, text_list*>;

struct key {
  std::string_view name;  ///< "server.port"; without a dot: at the top level
  slot (*at)(settings&);  ///< what kind of value it is, and where
  /// Range of numbers: integers as they are, durations in seconds, sizes in bytes. Not used for text.
  double least = 0;
  double most = 0;
  std::string_view choices{};  ///< text: the values allowed, separated by '|'; empty: any
  std::string_view unit{};     ///< for people: "tokens", "seconds", ...
  std::uint64_t scale = 1;     ///< sizes: bytes in one unit of a bare number
  bool hot = false;            ///< takes effect on a reload
  std::string_view doc{};      ///< what it does, in sentences

  /// "server", or empty for the top level.
  [[nodiscard]] std::string_view section() const noexcept;
  /// "port".
  [[nodiscard]] std::string_view leaf() const noexcept;
  /// "HAWSER_SERVER_PORT".
  [[nodiscard]] std::string variable() const;
  /// "integer", "text", "duration", ...
  [[nodiscard]] std::string_view kind() const;
};

/// In the order of the reference file: the top level first, then section by section.
[[nodiscard]] std::span<const key> keys() noexcept;

/// Null when there is none.
[[nodiscard]] const key* find_key(std::string_view name) noexcept;

/// One line that says what a section is about; empty for an unknown one.
[[nodiscard]] std::string_view about_section(std::string_view section) noexcept;

/// The key that somebody who wrote `name` may have meant; null when nothing is near.
[[nodiscard]] const key* nearest_key(std::string_view name);

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment distance).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace hawser::conf
