// Compiled without -fsanitize, also where its users are: the edges between fibers, and the red zones, are
// told to the sanitizers by hand. Memory that kernels see comes from mmap, so that no allocation looks like a
// write.
#include "gpu/simt/simt.hpp"

#include "gpu/simt/sanitizer_notes.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <random>
#include <vector>

namespace hawser::gpu::simt {
namespace {

namespace context = boost::context::detail;

constexpr int warp_lanes = 32;
constexpr int most_threads = 1024;
constexpr int most_arrays = 64;
constexpr std::size_t arena_bytes = 512 << 10;
constexpr std::size_t red_zone = 64;
constexpr std::size_t stack_bytes = 256 << 10;

enum class state { ready, at_barrier, in_warp, done };

/// What the lanes of a warp brought to one meeting.
struct meeting {
  unsigned char slots[warp_lanes * warp_slot];
  int readers = 0;
};

struct fiber {
  thread_view view{};
  state now = state::ready;
  context::fcontext_t at{};
  void* stack = nullptr;
  place where{};
  // In a warp operation:
  unsigned mask = 0;
  warp_operation operation{};
  const unsigned char* mine = nullptr;
  std::size_t bytes = 0;
  meeting* met = nullptr;
  notes::fiber_note note;
};

/// Not memcpy, which the sanitizers see wherever it is called from.
void move_bytes(void* to, const void* from, std::size_t bytes) {
  auto* const out = static_cast<volatile unsigned char*>(to);
  const auto* const in = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = in[i];
}

void* map(std::size_t bytes) {
  void* const at =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return at;
}

/// One block after another; one object a thread of the system, never freed.
struct runner {
  const std::function<void()>* body = nullptr;
  block_view view{};
  int threads = 0;
  int current = -1;
  context::fcontext_t scheduler{};
  notes::scheduler_note note;
  std::string wrong;
  fiber fibers[most_threads];
  // Of each warp. A lane is in one at most until it has read it, so one more than lanes is never all in use.
  meeting meetings[most_threads / warp_lanes][warp_lanes + 1];
  struct array {
    const void* declaration;
    unsigned char* at;
    std::size_t bytes;
  };
  array arrays[most_arrays];
  int array_count = 0;
  unsigned char* arena = nullptr;
  std::size_t used = 0;
  unsigned char* dynamic = nullptr;
  std::vector<void*> stacks;  // free ones
  schedule how;
};

thread_local runner* own = nullptr;

runner& mine() {
  if (own == nullptr) own = new runner;
  return *own;
}

void to_scheduler() {
  runner& r = *own;
  fiber& f = r.fibers[r.current];
  notes::leave_fiber(r.note, f.note, f.now == state::done);
  r.scheduler = context::jump_fcontext(r.scheduler, nullptr).fctx;
  notes::enter_fiber(r.note, r.fibers[r.current].note);
}

void begin_fiber(context::transfer_t from) {
  runner& r = *own;
  r.scheduler = from.fctx;
  notes::first_entry(r.note);
  (*r.body)();
  notes::last_exit();
  r.fibers[r.current].now = state::done;
  for (;;) to_scheduler();
}

/// Fresh memory for each block where the thread sanitizer watches: reused pages would look like races.
void begin_arena(runner& r) {
  if (notes::fresh_pages && r.arena != nullptr) {
    munmap(r.arena, arena_bytes);
    r.arena = nullptr;
  }
  if (r.arena == nullptr) r.arena = static_cast<unsigned char*>(map(arena_bytes));
  r.used = red_zone;
  notes::forbid(r.arena, arena_bytes);
}

unsigned char* carve(runner& r, std::size_t bytes, std::size_t alignment) {
  r.used = (r.used + alignment - 1) / alignment * alignment;
  unsigned char* const at = r.arena + r.used;
  r.used += bytes + red_zone;
  if (r.used > arena_bytes) throw fault("more shared memory than any device has");
  notes::allow(at, bytes);
  auto* const out = static_cast<volatile unsigned char*>(at);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = 0xff;
  return at;
}

void* take_stack(runner& r) {
  if (r.stacks.empty()) return map(stack_bytes);
  void* const at = r.stacks.back();
  r.stacks.pop_back();
  return at;
}

void give_stack(runner& r, void* stack) {
  notes::allow(stack, stack_bytes);
  if (notes::fresh_pages)
    munmap(stack, stack_bytes);
  else
    r.stacks.push_back(stack);
}

std::string describe(const runner& r, int done, int at_barrier) {
  std::string text = "threads of a block wait for what never comes: " + std::to_string(done) +
                     " have left, " + std::to_string(at_barrier) + " are at a barrier, " +
                     std::to_string(r.threads - done - at_barrier) + " in a warp's operation";
  for (int i = 0; i < r.threads; ++i) {
    const fiber& f = r.fibers[i];
    if (f.now == state::done) continue;
    return text + "; thread " + std::to_string(i) + " is at " + f.where.file + ":" +
           std::to_string(f.where.line);
  }
  return text;
}

void run_fiber(runner& r, int i) {
  fiber& f = r.fibers[i];
  r.current = i;
  notes::resume(r.note, f.note, f.stack, stack_bytes);
  f.at = context::jump_fcontext(f.at, nullptr).fctx;
  notes::resumed(r.note);
}

/// Until all threads have left or something is wrong.
std::string run_threads(runner& r, std::mt19937_64& chance) {
  std::vector<int> ready;
  std::uint64_t slow = chance();
  for (;;) {
    ready.clear();
    int done = 0, at_barrier = 0;
    for (int i = 0; i < r.threads; ++i) {
      const state now = r.fibers[i].now;
      if (now == state::ready) ready.push_back(i);
      done += now == state::done;
      at_barrier += now == state::at_barrier;
    }
    if (ready.empty()) {
      if (done == r.threads) return {};
      if (at_barrier != r.threads) return describe(r, done, at_barrier);
      for (int i = 0; i < r.threads; ++i) r.fibers[i].now = state::ready;
      continue;
    }
    if (r.how.threads == order::descending) std::reverse(ready.begin(), ready.end());
    if (r.how.threads == order::random) {
      // Some warps run far ahead of others, as they may on a device.
      if (chance() % 32 == 0) slow = chance();
      const auto is_slow = [&](int i) { return ((slow >> (i / warp_lanes)) & 1u) != 0; };
      if (!std::all_of(ready.begin(), ready.end(), is_slow)) std::erase_if(ready, is_slow);
      std::shuffle(ready.begin(), ready.end(), chance);
    }
    for (const int i : ready) {
      if (r.fibers[i].now != state::ready) continue;
      run_fiber(r, i);
      if (!r.wrong.empty()) return r.wrong;
    }
  }
}

void run_block(runner& r) {
  const vector3 b = r.view.index;
  std::mt19937_64 chance(r.how.seed * 0x9E3779B97F4A7C15ull + b.x * 7919ull + b.y * 104729ull + b.z);
  notes::begin_block(r.note);
  for (int i = 0; i < r.threads; ++i) {
    fiber& f = r.fibers[i];
    const auto n = static_cast<unsigned>(i);
    const vector3 size = r.view.size;
    f.view = {{n % size.x, n / size.x % size.y, n / (size.x * size.y)}, i, i % warp_lanes, i / warp_lanes};
    f.now = state::ready;
    f.met = nullptr;
    f.stack = take_stack(r);
    f.at = context::make_fcontext(static_cast<char*>(f.stack) + stack_bytes, stack_bytes, &begin_fiber);
    notes::make(f.note);
  }
  const std::string wrong = run_threads(r, chance);
  for (int i = 0; i < r.threads; ++i) {
    notes::end(r.note, r.fibers[i].note, r.fibers[i].now == state::done);
    give_stack(r, r.fibers[i].stack);
  }
  if (!wrong.empty()) throw fault(wrong);
}

meeting& free_meeting(runner& r, int warp) {
  return *std::find_if(std::begin(r.meetings[warp]), std::end(r.meetings[warp]),
                       [](const meeting& each) { return each.readers == 0; });
}

/// Are all other lanes of the mask here, for the same?
bool everyone_is_here(runner& r, const fiber& f, place where) {
  bool all = true;
  for (int lane = 0; lane < warp_lanes; ++lane) {
    const int i = f.view.warp * warp_lanes + lane;
    if (((f.mask >> lane) & 1u) == 0 || i == r.current) continue;
    if (i >= r.threads) fail("a mask names a lane that the block does not have", where);
    const fiber& other = r.fibers[i];
    if (other.now == state::done) fail("a mask names a lane that has left", where);
    all = all && other.now == state::in_warp && other.mask == f.mask && other.operation == f.operation &&
          other.bytes == f.bytes;
  }
  return all;
}

}  // namespace

void set_schedule(const schedule& how) noexcept {
  mine().how = how;
}

void launch(const std::function<void()>& body, vector3 grid, vector3 block, std::size_t dynamic_bytes) {
  runner& r = mine();
  const std::size_t threads = std::size_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > most_threads) throw fault("a block of more threads than any device has");
  r.body = &body;
  r.threads = static_cast<int>(threads);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        r.view = {{x, y, z}, block, grid};
        r.array_count = 0;
        r.wrong.clear();
        for (auto& of_warp : r.meetings)
          for (meeting& each : of_warp) each.readers = 0;
        begin_arena(r);
        r.dynamic = carve(r, dynamic_bytes, 128);
        run_block(r);
      }
    }
  }
  notes::end_launch();
}

const thread_view& this_thread() noexcept {
  return own->fibers[own->current].view;
}

const block_view& this_block() noexcept {
  return own->view;
}

void fail(const char* what, place where) {
  runner& r = *own;
  const vector3 b = r.view.index;
  r.wrong = std::string(what) + " at " + where.file + ":" + std::to_string(where.line) + ", block (" +
            std::to_string(b.x) + ", " + std::to_string(b.y) + ", " + std::to_string(b.z) + "), thread " +
            std::to_string(r.current);
  for (;;) to_scheduler();
}

void block_barrier(place where) {
  fiber& f = own->fibers[own->current];
  f.now = state::at_barrier;
  f.where = where;
  notes::before_barrier(own->note);
  to_scheduler();
  notes::after_barrier(own->note);
}

const unsigned char* warp_gather(unsigned mask, warp_operation what, const void* brought, std::size_t bytes,
                                 place where) {
  runner& r = *own;
  fiber& f = r.fibers[r.current];
  if (((mask >> f.view.lane) & 1u) == 0)
    fail("a warp's operation in a lane that its mask does not name", where);
  f.mask = mask;
  f.operation = what;
  f.mine = static_cast<const unsigned char*>(brought);
  f.bytes = bytes;
  f.where = where;
  if (what == warp_operation::sync) notes::before_warp_sync(r.note, f.view.warp);
  if (!everyone_is_here(r, f, where)) {
    f.now = state::in_warp;
    to_scheduler();
  } else {
    meeting& here = free_meeting(r, f.view.warp);
    for (int lane = 0; lane < warp_lanes; ++lane) {
      if (((mask >> lane) & 1u) == 0) continue;
      fiber& other = r.fibers[f.view.warp * warp_lanes + lane];
      move_bytes(here.slots + static_cast<std::size_t>(lane) * warp_slot, other.mine, bytes);
      other.met = &here;
      other.now = state::ready;
      ++here.readers;
    }
  }
  if (what == warp_operation::sync) notes::after_warp_sync(r.note, f.view.warp);
  return f.met->slots;
}

void warp_read(const unsigned char* gathered, int lane, void* to, std::size_t bytes) {
  move_bytes(to, gathered + static_cast<std::size_t>(lane) * warp_slot, bytes);
}

void warp_release(const unsigned char* gathered) {
  fiber& f = own->fibers[own->current];
  if (f.met != nullptr && f.met->slots == gathered) --f.met->readers;
}

void* shared_array(const void* declaration, std::size_t bytes, std::size_t alignment, place where) {
  runner& r = *own;
  for (int i = 0; i < r.array_count; ++i) {
    if (r.arrays[i].declaration != declaration) continue;
    if (r.arrays[i].bytes != bytes) fail("a shared array of different sizes in one block", where);
    return r.arrays[i].at;
  }
  if (r.array_count == most_arrays) fail("more shared arrays than are provided for", where);
  r.arrays[r.array_count] = {declaration, carve(r, bytes, std::max<std::size_t>(alignment, 16)), bytes};
  return r.arrays[r.array_count++].at;
}

void* dynamic_shared() {
  return own->dynamic;
}

}  // namespace hawser::gpu::simt
