/// An actor's strand as an Asio executor: whatever runs on it never runs beside the actor's own handlers.
#pragma once

#include "runtime/cell.hpp"

#include <boost/asio/execution.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace hawser::runtime {

/// Never blocks, never runs inline. A function that is executed after the actor has gone, or in another life
/// of it than the one in which the executor was made, is destroyed unrun.
/// Functions run here do not count against the mailbox's bound: their number is bounded by the operations
/// that the actor started.
class actor_executor {
 public:
  explicit actor_executor(cell_ptr where) noexcept : where_(std::move(where)), life_(where_->life()) {}

  // Asio asks for copies that cannot throw; a count of references cannot, though its pointer does not say so.
  actor_executor(const actor_executor& other) noexcept : where_(other.where_), life_(other.life_) {}

  actor_executor(actor_executor&& other) noexcept = default;

  actor_executor& operator=(const actor_executor& other) noexcept {
    where_ = other.where_;
    life_ = other.life_;
    return *this;
  }

  actor_executor& operator=(actor_executor&& other) noexcept = default;
  ~actor_executor() = default;

  template <class Function>
  void execute(Function&& function) const {
    using held = std::decay_t<Function>;
    (void)where_->post(errand<held>::write(held(std::forward<Function>(function)), life_));
  }

  [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return where_->by().context();
  }

  [[nodiscard]] static constexpr boost::asio::execution::blocking_t
  query(boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }

  [[nodiscard]] static constexpr boost::asio::execution::relationship_t
  query(boost::asio::execution::relationship_t) noexcept {
    return boost::asio::execution::relationship.fork;
  }

  [[nodiscard]] static constexpr boost::asio::execution::outstanding_work_t
  query(boost::asio::execution::outstanding_work_t) noexcept {
    return boost::asio::execution::outstanding_work.untracked;
  }

  [[nodiscard]] actor_executor require(boost::asio::execution::blocking_t::never_t) const { return *this; }

  friend bool operator==(const actor_executor& a, const actor_executor& b) noexcept {
    return a.where_ == b.where_ && a.life_ == b.life_;
  }

  friend bool operator!=(const actor_executor& a, const actor_executor& b) noexcept { return !(a == b); }

 private:
  cell_ptr where_;
  std::uint32_t life_;
};

}  // namespace hawser::runtime
