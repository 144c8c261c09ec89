#include "actors/device.hpp"

#include <utility>

namespace hawser::actors {

void device::start(step_ptr what, runtime::address<device_done> whom) {
  step& s = *what;
  begin(std::move(what), std::move(whom));
  try {
    backend_->start(s.plan, s.result, [this] { done(); });
  } catch (...) {
    abort();
    throw;
  }
}

void device::warm_up(runtime::address<device_done> whom) {
  begin(nullptr, std::move(whom));
  try {
    backend_->warm_up([this] { done(); });
  } catch (...) {
    abort();
    throw;
  }
}

void device::begin(step_ptr what, runtime::address<device_done> whom) {
  running_ = std::move(what);
  told_ = std::move(whom);
  busy_.store(true, std::memory_order_release);
}

void device::done() noexcept {
  const step_ptr step = std::exchange(running_, nullptr);
  const auto whom = std::exchange(told_, {});
  // After this the device may be started again, or be gone.
  busy_.store(false, std::memory_order_release);
  whom.notify(device_done{});
}

void device::abort() noexcept {
  running_.reset();
  told_ = {};
  busy_.store(false, std::memory_order_release);
}

}  // namespace hawser::actors
