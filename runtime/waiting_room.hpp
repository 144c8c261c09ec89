/// Letters whose senders wait for room in a full mailbox, in the order in which they came.
#pragma once

#include "runtime/envelope.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <list>
#include <memory>

namespace hawser::runtime {

/// A letter that waits for room. Settled once: by room, by the end of the actor or by its sender's deadline.
class waiting_letter {
 public:
  explicit waiting_letter(envelope_ptr letter) noexcept : letter_(std::move(letter)) {}
  waiting_letter(const waiting_letter&) = delete;
  waiting_letter& operator=(const waiting_letter&) = delete;
  virtual ~waiting_letter() = default;

  /// Called once, on any thread: it may only post or tell.
  virtual void settled(boost::system::error_code error) noexcept = 0;

  [[nodiscard]] envelope_ptr& letter() noexcept { return letter_; }

 private:
  friend class waiting_room;

  envelope_ptr letter_;
  std::list<std::shared_ptr<waiting_letter>>::iterator place_;
  bool waits_ = false;
};

/// Not thread-safe: its cell locks.
class waiting_room {
 public:
  using line = std::list<std::shared_ptr<waiting_letter>>;

  void enter(std::shared_ptr<waiting_letter> who) {
    who->waits_ = true;
    line_.push_back(std::move(who));
    line_.back()->place_ = std::prev(line_.end());
  }

  /// False: it was not waiting.
  bool leave(waiting_letter& who) {
    if (!std::exchange(who.waits_, false)) return false;
    line_.erase(who.place_);
    return true;
  }

  [[nodiscard]] waiting_letter* first() const noexcept {
    return line_.empty() ? nullptr : line_.front().get();
  }

  std::shared_ptr<waiting_letter> take_first() {
    std::shared_ptr<waiting_letter> taken = line_.front();
    leave(*taken);
    return taken;
  }

  [[nodiscard]] std::size_t size() const noexcept { return line_.size(); }

 private:
  line line_;
};

}  // namespace hawser::runtime
