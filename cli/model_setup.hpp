/// Loading a model for the serving core.
#pragma once

#include "actors/assembly.hpp"
#include "cli/failure.hpp"
#include "conf/settings.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace hawser::cli {

/// What the loader found, for those who wait for it on other threads.
class load_report {
 public:
  struct facts {
    std::string device;
    std::uint32_t context = 0;
    std::uint32_t seats = 0;
    model::backend_memory memory;
  };

  void loaded(facts f);
  void failed(exit_code code);

  [[nodiscard]] facts what() const;
  /// The exit code for a core that failed: the loader's, or exit_code::device when it had loaded.
  [[nodiscard]] exit_code code() const;

 private:
  mutable std::mutex guard_;
  facts facts_;
  std::optional<exit_code> code_;
};

/// settings.model.path, or default_model_path().
[[nodiscard]] std::string model_path_from(const conf::settings& all);

/// Opens the file, checks that it fits, and makes everything that the core needs. Never throws: errors are
/// told to `report`, too. Shows a progress bar on a terminal.
[[nodiscard]] model::result<actors::core_parts> load_parts(const conf::settings& all, load_report& report);

}  // namespace hawser::cli
