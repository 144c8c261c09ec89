/// The stand-in's streams and events.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hawser::gpu::stand_in {

using operation = std::function<void()>;

/// One thread that runs what it is given, in order. Any thread may call its members.
class work_queue {
 public:
  work_queue();
  /// Runs what is left, held or not.
  ~work_queue();
  work_queue(const work_queue&) = delete;
  work_queue& operator=(const work_queue&) = delete;

  void push(operation work);
  void hold();
  void step(int n);
  void release();
  [[nodiscard]] bool idle() const;

 private:
  void serve();

  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::deque<operation> waiting_;
  bool stop_ = false;
  bool held_ = false;
  bool busy_ = false;
  int credits_ = 0;
  std::thread thread_;
};

/// How often an event was recorded, and which of its recordings the device has come past.
class event_state {
 public:
  [[nodiscard]] std::uint64_t record();
  void reach(std::uint64_t recording);
  [[nodiscard]] bool over() const;
  [[nodiscard]] std::uint64_t recorded() const;
  void wait_for(std::uint64_t recording) const;

 private:
  mutable std::mutex guard_;
  mutable std::condition_variable changed_;
  std::uint64_t recorded_ = 0;
  std::uint64_t reached_ = 0;
};

}  // namespace hawser::gpu::stand_in
