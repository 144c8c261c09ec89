/// Reading a small file whole.
#pragma once

#include "conf/error.hpp"

#include <string>
#include <string_view>

namespace hawser::conf {

/// A file of at most 1 MB; `what` names it for people: "the configuration file". Blocks.
[[nodiscard]] result<std::string> read_text_file(const std::string& path, std::string_view what);

}  // namespace hawser::conf
