/// Where settings come from. Later sources win: defaults < file < environment < flags.
#pragma once

#include "conf/error.hpp"
#include "conf/key.hpp"
#include "conf/settings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::conf {

enum class origin : std::uint8_t { built_in, file, environment, flag };

[[nodiscard]] std::string_view name_of(origin o) noexcept;

/// Settings, and for each key of keys() which source had the last word.
struct configuration {
  settings values;
  std::vector<origin> origins;

  configuration();
  [[nodiscard]] origin origin_of(const key& which) const noexcept;
};

/// Reads TOML. All problems of the text are reported, not only the first; `into` is only changed when there
/// are none.
[[nodiscard]] result<void> read_toml(configuration& into, std::string_view text, const std::string& source);

/// The same from a file of at most 1 MB.
[[nodiscard]] result<void> read_file(configuration& into, const std::string& path);

/// Takes HAWSER_... variables from `environment` ("NAME=value"). A variable that starts so and is no key is
/// not an error, because container platforms make such ones by themselves; their names come back, for a
/// warning.
[[nodiscard]] result<std::vector<std::string>> read_environment(configuration& into,
                                                                std::span<const char* const> environment);

/// One key from a flag; `source` is what the person typed ("--port").
[[nodiscard]] result<void> read_flag(configuration& into, std::string_view name, std::string_view text,
                                     const std::string& source);

}  // namespace hawser::conf
