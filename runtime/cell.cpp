#include "runtime/cell.hpp"

#include "runtime/ticks.hpp"

#include <exception>
#include <utility>

namespace hawser::runtime {

cell::cell(scheduler& by, std::string name, std::uint32_t bound, std::chrono::nanoseconds slow_after,
           watch watcher)
    : box_(bound), by_(by), name_(std::move(name)), slow_after_(ticks::from_time(slow_after)),
      watcher_(std::move(watcher)) {}

void cell::settle(void* object, std::unique_ptr<actor_base> owned) noexcept {
  object_ = object;
  owned_ = std::move(owned);
}

told cell::post(std::unique_ptr<envelope> letter) {
  if (letter->counted) {
    if (const told room = box_.reserve(); room != told::accepted) return room;
  }
  return push(std::move(letter));
}

told cell::push(std::unique_ptr<envelope> letter) {
  bool wake = false;
  const told answer = box_.push(letter.get(), wake);
  if (answer != told::accepted) return answer;
  (void)letter.release();  // the mailbox has it now
  if (wake) by_.ready(cell_ptr(this));
  return answer;
}

void cell::stop() {
  if (stopping_.exchange(true, std::memory_order_acq_rel)) return;
  auto ask = [this] {
    if (owned_) owned_->on_stop();
  };
  // Refused only when the actor is gone already.
  (void)post(std::make_unique<errand<decltype(ask)>>(std::move(ask)));
}

bool cell::turn(std::uint32_t budget) {
  try {
    return read(budget);
  } catch (const std::exception& e) {
    end(true, e.what());
  } catch (...) {
    end(true, "an exception of unknown type");
  }
  return false;
}

bool cell::read(std::uint32_t budget) {
  for (std::uint64_t begin = ticks::now(); budget > 0; --budget) {
    mailbox::rest how{};
    const std::unique_ptr<envelope> letter(box_.read_or_rest(how));
    if (!letter) {
      if (how == mailbox::rest::shut) end(false, {});
      return false;
    }
    box_.read(*letter);
    letter->open(object_);
    const std::uint64_t end = ticks::now();
    account(end - begin);
    begin = end;
  }
  return true;
}

// Only the reader writes the counters, so a load and a store are enough. It is done before the mailbox can
// rest: after that another thread may own this actor.
void cell::account(std::uint64_t took) noexcept {
  const auto add = [](std::atomic<std::uint64_t>& to, std::uint64_t what) {
    to.store(to.load(std::memory_order_relaxed) + what, std::memory_order_relaxed);
  };
  add(messages_, 1);
  add(busy_, took);
  if (took > slow_after_) [[unlikely]]
    add(slow_, 1);
}

void cell::end(bool failed, std::string reason) {
  // Letters that wait die with their reply_to, which answers each ask; then the actor; then the watcher hears
  // of it.
  box_.abandon();
  owned_.reset();
  object_ = nullptr;
  if (const watch watcher = std::exchange(watcher_, nullptr)) watcher({name_, failed, std::move(reason)});
}

actor_counters cell::counters() const noexcept {
  return {messages_.load(std::memory_order_relaxed), slow_.load(std::memory_order_relaxed),
          ticks::to_time(busy_.load(std::memory_order_relaxed)), box_.waiting()};
}

}  // namespace hawser::runtime
