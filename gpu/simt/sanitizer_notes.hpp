/// What simt.cpp tells the sanitizers about its fibers; nothing where there are none.
///
/// Thread sanitizer: each CUDA thread is a fiber of its own, and only launches, barriers and __syncwarp put
/// its accesses in an order. Address sanitizer: fibers have stacks of their own.
#pragma once

#include <cstddef>

#if defined(HAWSER_SIMT_THREADS)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(HAWSER_SIMT_ADDRESSES)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace hawser::gpu::simt::notes {

struct fiber_note {
  void* fiber = nullptr;
  void* fake_stack = nullptr;
};

struct scheduler_note {
  void* fiber = nullptr;
  const void* stack = nullptr;
  std::size_t stack_bytes = 0;
  void* fake_stack = nullptr;
  char start = 0;
  char barrier = 0;
  char warps[32] = {};
};

#if defined(HAWSER_SIMT_THREADS)
inline constexpr bool fresh_pages = true;
// One place for all launches: the end of each is before whatever comes after it.
inline char launch_end = 0;
inline constexpr unsigned unordered = __tsan_switch_to_fiber_no_sync;

inline void make(fiber_note& f) {
  f.fiber = __tsan_create_fiber(0);
}
inline void begin_block(scheduler_note& s) {
  s.fiber = __tsan_get_current_fiber();
  __tsan_release(&s.start);
}
inline void first_entry(scheduler_note& s) {
  __tsan_acquire(&s.start);
}
inline void last_exit() {
  __tsan_release(&launch_end);
}
inline void leave_fiber(scheduler_note& s, fiber_note&, bool) {
  __tsan_switch_to_fiber(s.fiber, unordered);
}
inline void enter_fiber(scheduler_note&, fiber_note&) {}
inline void resume(scheduler_note&, fiber_note& f, const void*, std::size_t) {
  __tsan_switch_to_fiber(f.fiber, unordered);
}
inline void resumed(scheduler_note&) {}
inline void end(scheduler_note& s, fiber_note& f, bool done) {
  if (!done) {
    __tsan_switch_to_fiber(f.fiber, unordered);
    __tsan_release(&launch_end);
    __tsan_switch_to_fiber(s.fiber, unordered);
  }
  __tsan_destroy_fiber(f.fiber);
}
inline void end_launch() {
  __tsan_acquire(&launch_end);
}
inline void before_barrier(scheduler_note& s) {
  __tsan_release(&s.barrier);
}
inline void after_barrier(scheduler_note& s) {
  __tsan_acquire(&s.barrier);
}
inline void before_warp_sync(scheduler_note& s, int warp) {
  __tsan_release(&s.warps[warp]);
}
inline void after_warp_sync(scheduler_note& s, int warp) {
  __tsan_acquire(&s.warps[warp]);
}
inline void forbid(void*, std::size_t) {}
inline void allow(void*, std::size_t) {}
#else
inline constexpr bool fresh_pages = false;
inline void make(fiber_note&) {}
inline void begin_block(scheduler_note&) {}
inline void last_exit() {}
inline void end(scheduler_note&, fiber_note&, bool) {}
inline void end_launch() {}
inline void before_barrier(scheduler_note&) {}
inline void after_barrier(scheduler_note&) {}
inline void before_warp_sync(scheduler_note&, int) {}
inline void after_warp_sync(scheduler_note&, int) {}
#if defined(HAWSER_SIMT_ADDRESSES)
inline void first_entry(scheduler_note& s) {
  __sanitizer_finish_switch_fiber(nullptr, &s.stack, &s.stack_bytes);
}
inline void leave_fiber(scheduler_note& s, fiber_note& f, bool done) {
  __sanitizer_start_switch_fiber(done ? nullptr : &f.fake_stack, s.stack, s.stack_bytes);
}
inline void enter_fiber(scheduler_note& s, fiber_note& f) {
  __sanitizer_finish_switch_fiber(f.fake_stack, &s.stack, &s.stack_bytes);
}
inline void resume(scheduler_note& s, fiber_note&, const void* stack, std::size_t bytes) {
  __sanitizer_start_switch_fiber(&s.fake_stack, stack, bytes);
}
inline void resumed(scheduler_note& s) {
  __sanitizer_finish_switch_fiber(s.fake_stack, nullptr, nullptr);
}
inline void forbid(void* at, std::size_t bytes) {
  __asan_poison_memory_region(at, bytes);
}
inline void allow(void* at, std::size_t bytes) {
  __asan_unpoison_memory_region(at, bytes);
}
#else
inline void first_entry(scheduler_note&) {}
inline void leave_fiber(scheduler_note&, fiber_note&, bool) {}
inline void enter_fiber(scheduler_note&, fiber_note&) {}
inline void resume(scheduler_note&, fiber_note&, const void*, std::size_t) {}
inline void resumed(scheduler_note&) {}
inline void forbid(void*, std::size_t) {}
inline void allow(void*, std::size_t) {}
#endif
#endif

}  // namespace hawser::gpu::simt::notes
