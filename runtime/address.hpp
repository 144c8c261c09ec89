/// Where letters go. An address takes only the messages that it names; it keeps no actor alive.
#pragma once

#include "runtime/cell.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hawser::runtime {

namespace detail {

template <class Message>
using letter_maker = envelope_ptr (*)(Message&&);

template <class Actor, class Message>
envelope_ptr make_letter(Message&& m) {
  return envelope_ptr(letter<Actor, Message>::write(std::forward<Message>(m)));
}

/// A message back out of a letter that was not accepted.
template <class Message>
void take_back(envelope& from, Message& to) {
  std::destroy_at(&to);
  std::construct_at(&to, std::move(static_cast<letter_of<Message>&>(from).message));
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

  /// Any thread; never waits. After an answer other than accepted, `m` is as it was.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  [[nodiscard]] told tell(Message&& m) const {
    if (!cell_) return told::closed;
    if (const told room = cell_->room(); room != told::accepted) return room;
    envelope_ptr made = write(std::forward<Message>(m));
    const told answer = cell_->push(made);
    if (answer != told::accepted) detail::take_back<Message>(*made, m);
    return answer;
  }

  /// As tell(), but outside of the bound: for answers and notices whose number the protocol itself bounds
  /// (one terminal event for an accepted request, the end of an actor). Refused only when the actor is gone.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  told notify(Message&& m) const {
    if (!cell_) return told::closed;
    envelope_ptr made = write(std::forward<Message>(m));
    made->counted = false;
    return cell_->push(made);
  }

  /// As notify(), and read before all that waits: for control messages, few by their nature. Those told so
  /// by one sender are read in order.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  told tell_first(Message&& m) const {
    if (!cell_) return told::closed;
    envelope_ptr made = write(std::forward<Message>(m));
    made->counted = false;
    return cell_->push_first(made);
  }

  /// Asks the actor to stop; see actor_base::on_stop().
  void stop() const {
    if (cell_) cell_->stop();
  }

  /// Ends the actor before its next letter, as a failure; what waits is dropped.
  void kill() const {
    if (cell_) cell_->kill();
  }

  /// Tells `watcher` once when the actor has ended for good, or at once when it has already. Each call
  /// counts; a watcher that ends is forgotten.
  void watch(const address<terminated>& watcher) const;
  /// Takes back every watch() of that watcher. A notice on its way still arrives.
  void unwatch(const address<terminated>& watcher) const;

  explicit operator bool() const noexcept { return cell_ != nullptr; }

  friend bool operator==(const address& a, const address& b) noexcept { return a.cell_ == b.cell_; }

  /// Names the actor among all of the program, as terminated::id and actor_view::id do; 0: empty.
  [[nodiscard]] std::uint64_t id() const noexcept { return cell_ ? cell_->id() : 0; }

  [[nodiscard]] const cell_ptr& where() const noexcept { return cell_; }

  [[nodiscard]] const std::tuple<detail::letter_maker<Messages>...>& makers() const noexcept {
    return makers_;
  }

  /// The letter that tell() would send.
  template <class Message>
    requires(std::same_as<Message, Messages> || ...)
  [[nodiscard]] envelope_ptr write(Message&& m) const {
    return std::get<detail::letter_maker<Message>>(makers_)(std::forward<Message>(m));
  }

 private:
  cell_ptr cell_;
  std::tuple<detail::letter_maker<Messages>...> makers_{};
};

template <class... Messages>
void address<Messages...>::watch(const address<terminated>& watcher) const {
  if (cell_ && watcher) cell_->add_watcher(watcher.where(), std::get<cell::letter_writer>(watcher.makers()));
}

template <class... Messages>
void address<Messages...>::unwatch(const address<terminated>& watcher) const {
  if (cell_ && watcher) cell_->remove_watcher(*watcher.where());
}

}  // namespace hawser::runtime
