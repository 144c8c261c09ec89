/// Looks at the memory board again and again, and has owners give way (memory_ledger decides).
#pragma once

#include "actors/core_options.hpp"
#include "actors/memory_ledger.hpp"
#include "actors/memory_mail.hpp"
#include "runtime/actor.hpp"

#include <memory>

namespace hawser::actors {

/// Its turns may take as long as the system takes to take memory back, so it runs on the pool.
class memory_keeper final : public runtime::actor<memory_keeper, keep_within, watch_pages> {
 public:
  memory_keeper(runtime::home where, ledger_limits limits, memory_system system,
                std::shared_ptr<memory_board> board, runtime::address<fit_results> results);

  void on(keep_within m);
  void on(watch_pages m) { batcher_ = std::move(m.batcher); }

 private:
  void look();
  void look_later();
  [[nodiscard]] std::uint64_t limit_now(std::uint64_t resident) const;

  memory_ledger plan_;
  memory_system system_;
  std::shared_ptr<memory_board> board_;
  runtime::address<fit_results> results_;
  runtime::address<fit_pages> batcher_;
  std::uint64_t limit_ = 0;
  memory_orders last_;
  runtime::timer timer_;
};

}  // namespace hawser::actors
