/// Extensions in shared libraries, as embed/extension_abi.h describes them.
#pragma once

#include "embed/extension.hpp"
#include "embed/extension_abi.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace hawser::embed {

using option_list = std::vector<std::pair<std::string, std::string>>;

/// Why a table cannot be used, in one sentence; empty: it can. Pure.
[[nodiscard]] std::string objection_to(const hawser_extension* table);

/// What a table offers, ready to be changed and run. The table must be one without objection.
[[nodiscard]] extension_options options_of(const hawser_extension& table, std::string name,
                                           option_list options);

/// Loads the library at `path`; it is never unloaded. Named after its file. Throws failure (errc::extension)
/// with one sentence when it cannot be loaded or speaks another version.
[[nodiscard]] extension_options open_extension(const std::string& path, option_list options);

}  // namespace hawser::embed
