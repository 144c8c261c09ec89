#include "runtime/asio_scheduler.hpp"

#include "runtime/cell.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser::runtime {

void asio_scheduler::ready(cell_ptr actor) {
  boost::asio::post(io_, [this, actor = std::move(actor)]() mutable {
    if (actor->turn(budget_)) ready(std::move(actor));
  });
}

}  // namespace hawser::runtime
