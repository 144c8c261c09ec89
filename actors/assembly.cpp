#include "actors/assembly.hpp"

#include "actors/supervisor.hpp"

#include <utility>

namespace hawser::actors {
namespace {

// A loader must be copyable, what it brings need not be.
core_loader bring(core_parts parts) {
  return [held = std::make_shared<core_parts>(std::move(parts))]() -> model::result<core_parts> {
    return std::move(*held);
  };
}

}  // namespace

struct core::tree {
  service serves;
  supervisor_address top;
};

core::core(runtime::scheduler& by, runtime::scheduler& pool, core_options options, core_loader load)
    : tree_(std::make_unique<tree>()) {
  auto last = std::make_shared<last_call>();
  auto call_it = [last](const runtime::terminated&) {
    if (last->down) std::exchange(last->down, nullptr)();
  };
  tree_->top = runtime::spawn<supervisor>(by,
                                          {.name = "supervisor",
                                           .mailbox = 64,
                                           .slow_handler = options.slow_handler,
                                           .watcher = std::move(call_it)},
                                          pool, options, std::move(load), last, tree_->serves);
}

core::core(runtime::scheduler& by, runtime::scheduler& pool, core_options options, core_parts parts)
    : core(by, pool, options, bring(std::move(parts))) {}

core::~core() = default;

const service& core::serving() const noexcept {
  return tree_->serves;
}

void core::start(phase_watch watch) {
  tree_->top.notify(start_up{std::move(watch)});
}

void core::use_limits(const core_options& now) {
  tree_->top.notify(change_limits{now});
}

void core::ask_pulse(std::function<void()> alive) const {
  tree_->top.notify(pulse{std::move(alive)});
}

void core::stop(std::function<void()> down) {
  auto letter = shut_down{std::move(down)};
  // Gone already: then everything is down.
  if (tree_->top.notify(shut_down{letter.down}) != runtime::told::accepted && letter.down) letter.down();
}

}  // namespace hawser::actors
