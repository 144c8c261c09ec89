#include "runtime/asio_scheduler.hpp"

#include "runtime/cell.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser::runtime {

/// One visit of a thread to the ready actors.
class asio_scheduler::round {
 public:
  explicit round(asio_scheduler& of) noexcept : of_(of), outer_(std::exchange(current, this)) {}
  round(const round&) = delete;
  round& operator=(const round&) = delete;
  ~round() { current = outer_; }

  void run(cell_ptr actor) {
    for (std::uint32_t turns = 0; actor; actor = pop()) {
      if (++turns > quota) {
        of_.post(std::move(actor));
        while ((actor = pop())) of_.post(std::move(actor));
        return;
      }
      if (actor->turn(budget)) push(std::move(actor));
    }
  }

  void push(cell_ptr actor) noexcept {
    cell* const last = actor.detach();
    last->set_next_ready(nullptr);
    if (last_ != nullptr) {
      last_->set_next_ready(last);
    } else {
      first_ = last;
    }
    last_ = last;
    ++length_;
  }

  [[nodiscard]] bool of(const asio_scheduler& which) const noexcept { return &of_ == &which; }
  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }

  static thread_local round* current;

 private:
  cell_ptr pop() noexcept {
    if (first_ == nullptr) return {};
    cell_ptr taken(first_, false);
    first_ = taken->next_ready();
    if (first_ == nullptr) last_ = nullptr;
    --length_;
    return taken;
  }

  asio_scheduler& of_;
  round* const outer_;
  cell* first_ = nullptr;
  cell* last_ = nullptr;
  std::uint32_t length_ = 0;
};

constinit thread_local asio_scheduler::round* asio_scheduler::round::current = nullptr;

void asio_scheduler::ready(cell_ptr actor) {
  round* const here = round::current;
  const bool ours = here != nullptr && here->of(*this);
  if (ours && (here->length() < spill_above || busy_.load(std::memory_order_relaxed) >= threads_)) {
    here->push(std::move(actor));
  } else {
    post(std::move(actor));
  }
}

void asio_scheduler::post(cell_ptr actor) {
  busy_.fetch_add(1, std::memory_order_relaxed);
  boost::asio::post(io_, [this, actor = std::move(actor)]() mutable {
    round(*this).run(std::move(actor));
    busy_.fetch_sub(1, std::memory_order_relaxed);
  });
}

}  // namespace hawser::runtime
