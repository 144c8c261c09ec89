/// Where letters go. An address takes only the messages that it names; it keeps no actor alive.
#pragma once

#include "runtime/cell.hpp"

#include <array>
#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hawser::runtime {

namespace detail {

template <class Message>
using letter_maker = std::unique_ptr<envelope> (*)(Message&&);

template <class Actor, class Message>
std::unique_ptr<envelope> make_letter(Message&& m) {
  return std::make_unique<letter<Actor, Message>>(std::forward<Message>(m));
}

}  // namespace detail

/// Copyable, thread-safe, empty by default. address<A, B> converts to address<B>.
template <class... Messages>
class address {
 public:
  address() = default;

  template <class... More>
    requires(!std::same_as<address<More...>, address>)
  // NOLINTNEXTLINE(google-explicit-constructor): a wider address is an address
  address(const address<More...>& wider) noexcept
      : cell_(wider.where()), makers_(std::get<detail::letter_maker<Messages>>(wider.makers())...) {}

  /// The runtime only: makes the address of an actor of class Actor.
  template <class Actor>
  static address of(cell_ptr where) noexcept {
    address made;
    made.cell_ = std::move(where);
    made.makers_ = {&detail::make_letter<Actor, Messages>...};
    return made;
  }

  /// Any thread; never waits. `m` is moved from only when the letter was made: after `full` it is as it was.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  [[nodiscard]] told tell(Message&& m) const {
    if (!cell_) return told::closed;
    if (const told room = cell_->reserve(); room != told::accepted) return room;
    return cell_->push(std::get<detail::letter_maker<Message>>(makers_)(std::forward<Message>(m)));
  }

  /// As tell(), but outside of the bound: for answers and notices whose number the protocol itself bounds
  /// (one terminal event for an accepted request, the end of an actor). Refused only when the actor is gone.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  told notify(Message&& m) const {
    if (!cell_) return told::closed;
    auto made = std::get<detail::letter_maker<Message>>(makers_)(std::forward<Message>(m));
    made->counted = false;
    return cell_->push(std::move(made));
  }

  /// Asks the actor to stop; see actor_base::on_stop().
  void stop() const {
    if (cell_) cell_->stop();
  }

  explicit operator bool() const noexcept { return cell_ != nullptr; }

  friend bool operator==(const address& a, const address& b) noexcept { return a.cell_ == b.cell_; }

  [[nodiscard]] const cell_ptr& where() const noexcept { return cell_; }

  [[nodiscard]] const std::tuple<detail::letter_maker<Messages>...>& makers() const noexcept {
    return makers_;
  }

 private:
  cell_ptr cell_;
  std::tuple<detail::letter_maker<Messages>...> makers_{};
};

}  // namespace hawser::runtime
