/// What differs between two configurations, and what of it can be had without a restart.
#pragma once

#include "conf/settings.hpp"

#include <string_view>
#include <vector>

namespace hawser::conf {

/// Names of keys, in the order of keys().
struct changes {
  std::vector<std::string_view> hot;   ///< take effect on a reload
  std::vector<std::string_view> cold;  ///< take effect at the next start; "extension" among them
};

[[nodiscard]] changes compare(const settings& before, const settings& after);

/// Gives every hot key of `into` the value that it has in `from`.
void take_hot(settings& into, const settings& from);

}  // namespace hawser::conf
