#include "runtime/cell.hpp"

#include <exception>
#include <utility>

namespace hawser::runtime {

cell::cell(scheduler& by, std::string name, std::uint32_t bound, std::chrono::nanoseconds slow_after,
           watch watcher)
    : box_(bound), by_(by), name_(std::move(name)), slow_after_(slow_after), watcher_(std::move(watcher)) {}

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
  for (;;) {
    if (budget-- == 0) return true;
    mailbox::rest how{};
    const std::unique_ptr<envelope> letter(box_.read_or_rest(how));
    if (!letter) {
      if (how == mailbox::rest::shut) end(false, {});
      return false;
    }
    box_.read(*letter);
    try {
      handle(*letter);
    } catch (const std::exception& e) {
      end(true, e.what());
      return false;
    } catch (...) {
      end(true, "an exception of unknown type");
      return false;
    }
  }
}

void cell::handle(envelope& letter) {
  const time_point begin = by_.time().now();
  letter.open(object_);
  const auto took = by_.time().now() - begin;
  // Only the reader writes these, so a load and a store are enough.
  messages_.store(messages_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  busy_ns_.store(busy_ns_.load(std::memory_order_relaxed) + took.count(), std::memory_order_relaxed);
  if (took > slow_after_) slow_.store(slow_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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
          std::chrono::nanoseconds(busy_ns_.load(std::memory_order_relaxed)), box_.waiting()};
}

}  // namespace hawser::runtime
