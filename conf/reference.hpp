/// The configuration written out for people, from the table of keys.
#pragma once

#include "conf/source.hpp"

#include <string>

namespace hawser::conf {

/// A TOML file with every key, its documentation as comments, and its default.
[[nodiscard]] std::string reference_file();

/// docs/configuration.md.
[[nodiscard]] std::string reference_page();

/// The settings as they are, as TOML; those that are not defaults say where they come from,
/// those that a reload takes say so.
[[nodiscard]] std::string print_settings(const configuration& what);

}  // namespace hawser::conf
