/// Loading a model for the serving core.
#pragma once

#include "actors/assembly.hpp"
#include "conf/settings.hpp"
#include "embed/failure.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace hawser::embed {

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
  void failed(errc cause);

  [[nodiscard]] facts what() const;
  /// Why a core failed: the loader's cause, or errc::device when it had loaded.
  [[nodiscard]] errc cause() const;

 private:
  mutable std::mutex guard_;
  facts facts_;
  std::optional<errc> cause_;
};

/// settings.model.path, or default_model_path().
[[nodiscard]] std::string model_path_from(const conf::settings& all);

/// Who wants to see a model being loaded; either may be empty. Called on the loader's thread.
struct load_watch {
  /// Bytes read so far, of all.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
  /// One sentence about how it is.
  std::function<void(const std::string& sentence)> say;
  /// One sentence about what will not work.
  std::function<void(const std::string& sentence)> warn;
};

/// Opens the file, checks that it fits, and makes everything that the core needs. Never throws: errors are
/// told to `report`, too. Blocks while it reads the file.
[[nodiscard]] model::result<actors::core_parts> load_parts(const conf::settings& all, load_report& report,
                                                           const load_watch& watch = {});

}  // namespace hawser::embed
