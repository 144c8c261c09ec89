#include "actors/telemetry.hpp"

#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <utility>

namespace hawser::actors {
namespace {

// The kernel answers from memory, so this does not block.
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  statm >> whole >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void telemetry::on(scrape m) {
  for (const auto& [name, cell] : shown_) metrics_.add(name, cell->counters());
  metrics_.set_resident(resident_bytes());
  metrics_.set_memory(memory_->read());
  m.to.answer(metrics_.page());
}

void telemetry::on(show_actor m) {
  runtime::cell_ptr& place = shown_[m.who->name()];
  place = std::move(m.who);
}

}  // namespace hawser::actors
