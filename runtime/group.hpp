/// Publish and subscribe: a message goes to all who have subscribed to its group.
#pragma once

#include "runtime/address.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace hawser::runtime {

/// What became of one publication.
struct published {
  std::size_t reached = 0;
  std::size_t refused = 0;  ///< subscribers whose mailbox was full: they miss it
};

/// Copies share the group. Any thread. A subscriber that has ended leaves at the next publication, or when
/// its place is needed.
template <class Message>
class group {
 public:
  /// `bound`: subscribers at once.
  explicit group(std::size_t bound = 1024) : of_(std::make_shared<shared>(bound)) {}

  /// full: the group is; closed: the subscriber has ended. Subscribing twice does nothing more.
  told subscribe(const address<Message>& who) const {
    if (!who || ended(who)) return told::closed;
    const std::lock_guard guard(of_->lock);
    const std::shared_ptr<const list> now = of_->members;
    if (std::ranges::find(*now, who) != now->end()) return told::accepted;
    list then;
    std::ranges::copy_if(*now, std::back_inserter(then), [](const auto& each) { return !ended(each); });
    if (then.size() >= of_->bound) return told::full;
    then.push_back(who);
    of_->members = std::make_shared<const list>(std::move(then));
    return told::accepted;
  }

  void leave(const address<Message>& who) const {
    remove([&who](const address<Message>& each) { return each == who; });
  }

  /// Tells each subscriber a copy of `m`, within the bounds of their mailboxes.
  published publish(const Message& m) const {
    const std::shared_ptr<const list> all = members();
    published done;
    bool some_ended = false;
    for (const address<Message>& each : *all) {
      Message copy = m;
      switch (each.tell(std::move(copy))) {
      case told::accepted:
        ++done.reached;
        break;
      case told::full:
        ++done.refused;
        break;
      case told::closed:
        some_ended = true;
        break;
      }
    }
    if (some_ended) remove(&group::ended);
    return done;
  }

  [[nodiscard]] std::size_t size() const { return members()->size(); }

 private:
  using list = std::vector<address<Message>>;

  struct shared {
    explicit shared(std::size_t most) : bound(most) {}

    const std::size_t bound;
    std::mutex lock;
    // Replaced, never changed: a publication goes to those who were members when it began.
    std::shared_ptr<const list> members = std::make_shared<const list>();
  };

  static bool ended(const address<Message>& who) { return who.where()->state() == actor_state::ended; }

  [[nodiscard]] std::shared_ptr<const list> members() const {
    const std::lock_guard guard(of_->lock);
    return of_->members;
  }

  template <class Predicate>
  void remove(Predicate which) const {
    const std::lock_guard guard(of_->lock);
    list then = *of_->members;
    std::erase_if(then, which);
    of_->members = std::make_shared<const list>(std::move(then));
  }

  std::shared_ptr<shared> of_;
};

}  // namespace hawser::runtime
