#include "runtime/crank.hpp"

#include "runtime/cell.hpp"

#include <stdexcept>
#include <utility>

namespace hawser::runtime {

bool crank::turn() {
  if (ready_.empty()) return false;
  cell_ptr actor = std::move(ready_.front());
  ready_.pop_front();
  if (actor->turn(1)) ready_.push_back(std::move(actor));
  return true;
}

std::size_t crank::run(std::size_t most) {
  std::size_t turns = 0;
  while (turn()) {
    if (++turns > most) throw std::runtime_error("crank: the actors do not come to rest");
  }
  return turns;
}

}  // namespace hawser::runtime
