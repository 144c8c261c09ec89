/// Who gives actors their turns. Production: threads of an Asio executor. Tests: a crank turned by hand.
#pragma once

#include "runtime/clock.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/intrusive_ptr.hpp>

namespace hawser::runtime {

class cell;
using cell_ptr = boost::intrusive_ptr<cell>;

class scheduler {
 public:
  virtual ~scheduler() = default;

  /// Any thread. `actor` has become ready: give it a turn() soon, and again for as long as turn() asks for
  /// more.
  virtual void ready(cell_ptr actor) = 0;
  [[nodiscard]] virtual clock& time() noexcept = 0;
  /// The context that the actors' own I/O objects belong to.
  [[nodiscard]] virtual boost::asio::execution_context& context() noexcept = 0;
};

}  // namespace hawser::runtime
