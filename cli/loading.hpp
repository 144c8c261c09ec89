/// A model that is being loaded, shown on the terminal.
#pragma once

#include "cli/progress_bar.hpp"
#include "embed/model_setup.hpp"

namespace hawser::cli {

/// Draws on `bar`, which must outlive the loading, and warns in the log.
[[nodiscard]] embed::load_watch watch_of(progress_bar& bar);

}  // namespace hawser::cli
