#include "cli/loading.hpp"

#include <spdlog/spdlog.h>

namespace hawser::cli {

embed::load_watch watch_of(progress_bar& bar) {
  return {.progress =
              [&bar](std::uint64_t done, std::uint64_t all) {
                bar.show(done, all);
                if (done == all) bar.clear();
              },
          .say = [](const std::string& sentence) { spdlog::info("{}", sentence); },
          .warn = [](const std::string& sentence) { spdlog::warn("{}", sentence); }};
}

}  // namespace hawser::cli
