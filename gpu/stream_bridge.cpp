#include "gpu/stream_bridge.hpp"

#include "gpu/error.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace hawser::gpu {
namespace {

/// What the device may still write to, for as long as the process lives.
void keep_for_ever(std::vector<wait_plan::wait> waits) {
  static std::mutex guard;
  static auto* const kept = new std::vector<wait_plan::wait>;
  const std::lock_guard lock(guard);
  for (wait_plan::wait& each : waits) kept->push_back(std::move(each));
}

}  // namespace

stream_bridge::stream_bridge(const cuda_runtime& calls, int device, bridge_options options)
    : calls_(calls), device_(device), options_(std::move(options)) {
  calls_.set_device(device_);
  for (std::size_t i = 0; i < options_.events; ++i) {
    event_handle made = nullptr;
    if (calls_.create_event(&made, event_without_timing) != cuda_error::none) break;
    events_.push_back(made);
  }
  thread_ = std::thread([this] { serve(); });
}

stream_bridge::~stream_bridge() {
  close(options_.closing);
  thread_.join();
  for (const event_handle each : events_) calls_.destroy_event(each);
}

cuda_error stream_bridge::take_event(event_handle& event) {
  {
    const std::lock_guard lock(guard_);
    if (!events_.empty()) {
      event = events_.back();
      events_.pop_back();
      return cuda_error::none;
    }
  }
  return calls_.create_event(&event, event_without_timing);
}

cuda_error stream_bridge::record(stream_wait& what) {
  cuda_error e = calls_.set_device(device_);
  if (e == cuda_error::none) e = take_event(what.event);
  if (e == cuda_error::none) e = calls_.record_event(what.event, what.stream);
  return e;
}

void stream_bridge::begin(std::shared_ptr<stream_wait> what) {
  {
    const std::lock_guard lock(guard_);
    if (closed_) {
      what->finish(boost::asio::error::operation_aborted);
      return;
    }
    // Counted before it is recorded: closing waits for it.
    ++pending_;
  }
  const cuda_error e = record(*what);
  if (e != cuda_error::none) {
    // Work that was given to the stream before may still be on its way, and nothing can be waited for: so the
    // buffers are kept, unless the device is broken and does nothing more.
    const bool broken = is_sticky(e);
    if (!broken && what->keep != nullptr) keep_for_ever({what});
    {
      const std::lock_guard lock(guard_);
      --pending_;
      if (what->event != nullptr) events_.push_back(std::exchange(what->event, nullptr));
      if (broken) broken_ = e;
    }
    changed_.notify_all();
    what->finish(e);
    return;
  }
  bool too_late = false;
  {
    const std::lock_guard lock(guard_);
    too_late = over_;
    if (!too_late) incoming_.push_back(what);
  }
  if (too_late) {
    what->finish(boost::asio::error::operation_aborted);
    keep_for_ever({std::move(what)});
  }
  changed_.notify_all();
}

bool stream_bridge::close(std::chrono::nanoseconds patience) {
  std::unique_lock lock(guard_);
  if (!closed_) {
    closed_ = true;
    last_moment_ = options_.now() + patience;
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return over_; });
  return drained_;
}

std::size_t stream_bridge::pending() const {
  const std::lock_guard lock(guard_);
  return pending_;
}

cuda_error stream_bridge::broken() const {
  const std::lock_guard lock(guard_);
  return broken_;
}

stream_bridge::news stream_bridge::take_news(wait_plan& plan) {
  std::unique_lock lock(guard_);
  if (plan.size() == 0) {
    changed_.wait(lock, [this] { return !incoming_.empty() || closed_; });
    // Somebody is between being counted and being here.
    while (incoming_.empty() && pending_ != 0 && options_.now() < last_moment_)
      changed_.wait_for(lock, options_.nap);
  }
  for (std::shared_ptr<stream_wait>& each : incoming_) plan.add(std::move(each));
  incoming_.clear();
  if (broken_ != cuda_error::none) plan.breaks(broken_);
  return {.closing = closed_,
          .drained = closed_ && pending_ == 0,
          .out_of_time = closed_ && options_.now() >= last_moment_};
}

/// True when there was news from the device.
bool stream_bridge::settle(wait_plan& plan) {
  const std::vector<wait_plan::outcome> found =
      plan.look(options_.now(), [this](event_handle event) { return calls_.query_event(event); });
  for (const wait_plan::outcome& each : found) {
    if (each.over) {
      const event_handle event = std::exchange(each.what->event, nullptr);
      each.what->keep.reset();
      const std::lock_guard lock(guard_);
      events_.push_back(event);
      --pending_;
      broken_ = plan.broken();
    }
    each.what->finish(each.error);
  }
  return !found.empty();
}

void stream_bridge::rest() {
  std::unique_lock lock(guard_);
  changed_.wait_for(lock, options_.nap, [this] { return !incoming_.empty(); });
}

/// The end: what the device has not come past stays as it is.
void stream_bridge::leave(wait_plan& plan) {
  std::vector<wait_plan::wait> left = plan.all();
  {
    const std::lock_guard lock(guard_);
    drained_ = left.empty() && pending_ == 0;
    over_ = true;
  }
  keep_for_ever(std::move(left));
  changed_.notify_all();
}

void stream_bridge::serve() {
  wait_plan plan;
  calls_.set_device(device_);
  time_point last_news = options_.now();
  for (;;) {
    const std::size_t before = plan.size();
    const news now = take_news(plan);
    if (plan.size() > before) last_news = options_.now();
    if (now.closing) {
      for (const wait_plan::wait& each : plan.all()) each->finish(boost::asio::error::operation_aborted);
      if (now.drained || now.out_of_time) break;
    }
    if (settle(plan))
      last_news = options_.now();
    else if (options_.now() - last_news > options_.spin)
      rest();
  }
  leave(plan);
}

}  // namespace hawser::gpu
