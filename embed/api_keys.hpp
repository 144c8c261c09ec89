/// The file of API keys, as the listener wants it.
#pragma once

#include "embed/error.hpp"
#include "net/api_key.hpp"

#include <string>
#include <vector>

namespace hawser::embed {

/// Keys that are given as such and as a hash may be the same: that is said here. errc::configuration, with
/// every problem and its line. Blocks.
[[nodiscard]] result<std::vector<net::api_key>> read_api_keys(const std::string& path);

}  // namespace hawser::embed
