/// A backend, and the step that it is working on.
#pragma once

#include "actors/step.hpp"
#include "model/backend.hpp"
#include "runtime/address.hpp"

#include <atomic>
#include <memory>

namespace hawser::actors {

/// The backend has done what it was started for.
struct device_done {};

/// Outlives the executor: a backend may still be writing into a step when its executor has failed. Must
/// itself outlive whatever it was started for; while busy() it may not be destroyed.
class device {
 public:
  explicit device(std::unique_ptr<model::backend> what)
      : backend_(std::move(what)), capacity_(backend_->capacity()) {}

  /// Not while busy(). `done` is told once, from the backend's thread. The step stays alive until then.
  void start(step_ptr what, runtime::address<device_done> done);
  void warm_up(runtime::address<device_done> done);

  /// Any thread.
  [[nodiscard]] bool busy() const noexcept { return busy_.load(std::memory_order_acquire); }
  [[nodiscard]] const model::backend_capacity& capacity() const noexcept { return capacity_; }
  [[nodiscard]] model::backend_memory memory() const noexcept { return backend_->memory(); }

  /// For whoever makes another in its place. Not while busy(); it can do nothing any more then.
  [[nodiscard]] std::unique_ptr<model::backend> take() noexcept { return std::move(backend_); }

 private:
  void begin(step_ptr what, runtime::address<device_done> done);
  void done() noexcept;
  void abort() noexcept;

  std::unique_ptr<model::backend> backend_;
  model::backend_capacity capacity_;
  std::atomic<bool> busy_{false};
  // The backend's while busy, the executor's otherwise.
  step_ptr running_;
  runtime::address<device_done> told_;
};

}  // namespace hawser::actors
