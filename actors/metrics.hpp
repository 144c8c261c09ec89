/// The Prometheus registry: vLLM's names, so that its dashboards work, and hawser's own.
#pragma once

#include "actors/memory_board.hpp"
#include "actors/tally.hpp"
#include "model/backend.hpp"
#include "runtime/cell.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

/// Not thread-safe: Telemetry's own. Counters never fall, whatever is restarted.
class metrics {
 public:
  /// `old_names`: also those that vLLM had before 0.11.
  explicit metrics(bool old_names = false);
  ~metrics();

  /// Labels of everything that is about the model; before that nothing of it is shown.
  /// `pages`: for keys and values, of all groups.
  /// Of the first replica the rest, too.
  void know_model(std::uint32_t replica, const std::string& name, std::uint32_t page_tokens,
                  std::uint32_t pages, const model::backend_memory& memory);

  void add(std::uint32_t replica, const batch_tally& tally);
  void add(const ingress_tally& tally);
  void add(const result_tally& tally);
  void add(const std::string& actor, const runtime::actor_counters& counters);
  void count_restart(const std::string& actor);
  /// Resident memory of the process, in bytes.
  void set_resident(std::size_t bytes);
  void set_memory(const memory_facts& now);

  /// The text page.
  [[nodiscard]] std::string page() const;

 private:
  struct families;
  struct of_engine;
  struct of_model;

  std::unique_ptr<families> all_;
  std::vector<std::unique_ptr<of_engine>> engines_;  // by replica
  std::unique_ptr<of_model> model_;
  bool old_names_;
};

}  // namespace hawser::actors
