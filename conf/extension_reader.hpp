/// [[extension]]: the tables of the configuration that are not single keys.
#pragma once

#include "conf/error.hpp"
#include "conf/settings.hpp"

#include <toml++/toml.h>

#include <string>
#include <vector>

namespace hawser::conf {

/// Reads all tables of the array into `into`, in the place of what was there; what is wrong goes to `wrong`.
void read_extensions(std::vector<extension_settings>& into, const toml::node& node, const std::string& source,
                     problems& wrong);

/// As the file has it, each table after a blank line; empty for none.
[[nodiscard]] std::string print_extensions(const std::vector<extension_settings>& all);

}  // namespace hawser::conf
