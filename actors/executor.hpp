/// Runs steps on one device: never waits, and contains what goes wrong there.
#pragma once

#include "actors/device.hpp"
#include "actors/executor_mail.hpp"
#include "actors/executor_plan.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <optional>

namespace hawser::actors {

class executor final : public runtime::actor<executor, run_step, attach, warm_up, device_done, pulse> {
 public:
  executor(runtime::home where, std::shared_ptr<device> runs_on, runtime::duration step_deadline,
           runtime::duration warm_up_deadline, device_watcher watcher, std::uint32_t replica = 0);

  void on(run_step m);
  void on(attach m);
  void on(warm_up);
  void on(device_done);
  /// With a device that does not answer it is not alive.
  void on(const pulse& m) {
    if (!plan_.lost() && !broken_) m.alive();
  }
  /// Waits for the step that runs, but not for a device that is lost.
  void on_stop() override;

 private:
  void start(step_ptr what);
  void finished();
  void close_when_idle();
  void watch();
  void look();
  void poll();

  std::shared_ptr<device> device_;
  executor_plan plan_;
  device_watcher watcher_;
  std::uint32_t replica_;
  step_listener batcher_;
  runtime::timer watchdog_;
  runtime::timer poll_;
  std::optional<runtime::time_point> watching_until_;
  bool stopping_ = false;
  bool broken_ = false;  // its device says so
};

}  // namespace hawser::actors
