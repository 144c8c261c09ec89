#include "net/response_shelf.hpp"

#include <atomic>
#include <iterator>
#include <utility>

namespace hawser::net {

/// Counts the turns that live, wherever they are held.
class response_shelf::toll {
 public:
  explicit toll(std::shared_ptr<actors::memory_board> board) : board_(std::move(board)) {}

  void enter(std::size_t bytes) noexcept { change(0, bytes); }
  void leave(std::size_t bytes) noexcept { change(bytes, 0); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  void change(std::size_t before, std::size_t now) noexcept {
    bytes_.fetch_add(now - before, std::memory_order_relaxed);
    if (board_) board_->change(actors::memory_owner::buffers, before, now);
  }

  std::shared_ptr<actors::memory_board> board_;
  std::atomic<std::size_t> bytes_{0};
};

response_shelf::response_shelf(shelf_limits limits, std::shared_ptr<actors::memory_board> board)
    : limits_(limits), toll_(std::make_shared<toll>(std::move(board))) {}

// Names of tenants have no line ends, and ids neither.
std::string response_shelf::key_of(std::string_view tenant, std::string_view id) {
  std::string key(tenant);
  key += '\n';
  key += id;
  return key;
}

kept_turn response_shelf::keep(std::string_view tenant, kept_response what) {
  const std::size_t bytes = what.bytes();
  std::string key = key_of(tenant, what.id);
  std::unique_ptr<const kept_response> made = std::make_unique<const kept_response>(std::move(what));
  toll_->enter(bytes);
  const kept_turn turn(made.release(), [bytes, toll = toll_](const kept_response* gone) {
    delete gone;
    toll->leave(bytes);
  });
  if (bytes > limits_.bytes) return turn;
  places dropped;  // destroyed after the lock: a conversation takes a while
  const std::lock_guard hold(guard_);
  if (index_.contains(key)) return turn;
  newest_first_.push_front({std::move(key), turn});
  index_.emplace(newest_first_.front().key, newest_first_.begin());
  while (index_.size() > limits_.count) {
    index_.erase(newest_first_.back().key);
    dropped.splice(dropped.begin(), newest_first_, std::prev(newest_first_.end()));
  }
  while (toll_->bytes() > limits_.bytes && !newest_first_.empty()) {
    index_.erase(newest_first_.back().key);
    newest_first_.pop_back();
  }
  return turn;
}

kept_turn response_shelf::find(std::string_view tenant, std::string_view id) {
  const std::string key = key_of(tenant, id);
  const std::lock_guard hold(guard_);
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->turn;
}

bool response_shelf::forget(std::string_view tenant, std::string_view id) {
  const std::string key = key_of(tenant, id);
  places dropped;
  const std::lock_guard hold(guard_);
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  dropped.splice(dropped.begin(), newest_first_, found->second);
  index_.erase(found);
  return true;
}

std::size_t response_shelf::count() const {
  const std::lock_guard hold(guard_);
  return index_.size();
}

std::size_t response_shelf::bytes() const noexcept {
  return toll_->bytes();
}

kept_turn response_memory::find(std::string_view id) const {
  kept_turn found = own ? own->find(tenant, id) : nullptr;
  return found || !shared ? found : shared->find(tenant, id);
}

}  // namespace hawser::net
