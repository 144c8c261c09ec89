/// Kernels on the CPU, for tests: every CUDA thread is a fiber, a block runs on the calling thread, and the
/// order of its threads is drawn from a seed. What a kernel may not do is found:
///
/// 1. A barrier that some threads of the block never reach, a lane named in a mask that has left or is not
/// there,
///    a shuffle from a lane outside the mask: fault, with the kernel's line.
/// 2. With the thread sanitizer, two accesses of one block without a barrier between them, of one warp
/// without
///    __syncwarp, and of two blocks of one launch: a data race at the kernel's lines.
/// 3. With the address sanitizer, an access beyond shared memory, which has red zones.
/// 4. Shared memory is full of 0xff (no numbers) when a block begins.
///
/// Not modelled: memory orders weaker than those of the CPU, occupancy, bank conflicts, coalescing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace hawser::gpu::simt {

struct vector3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

/// A line of a kernel.
struct place {
  const char* file;
  int line;
  static constexpr place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

/// What a kernel did that no device would do right.
class fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class order { ascending, descending, random };

/// How this thread's launches run from now on.
struct schedule {
  order threads = order::random;
  std::uint64_t seed = 1;
};
void set_schedule(const schedule& how) noexcept;

/// Runs `body` once for each thread of the grid. Throws fault.
void launch(const std::function<void()>& body, vector3 grid, vector3 block, std::size_t dynamic_shared);

/// What a running kernel knows of itself; null outside of one.
struct thread_view {
  vector3 index;
  int linear;
  int lane;
  int warp;
};
struct block_view {
  vector3 index, size, grid;
};
[[nodiscard]] const thread_view& this_thread() noexcept;
[[nodiscard]] const block_view& this_block() noexcept;

// What follows is called by kernels alone. It is compiled without sanitizers: its own buffers are not the
// kernel's memory.
enum class warp_operation : int { shuffle, sync, vote, mma, load_matrix };
inline constexpr std::size_t warp_slot = 64;

void block_barrier(place where);
/// Meets the lanes of the mask; answers 32 slots with what each brought, until warp_release.
[[nodiscard]] const unsigned char* warp_gather(unsigned mask, warp_operation what, const void* mine,
                                               std::size_t bytes, place where);
void warp_read(const unsigned char* gathered, int lane, void* to, std::size_t bytes);
void warp_release(const unsigned char* gathered);
/// The block's shared array of this declaration.
[[nodiscard]] void* shared_array(const void* declaration, std::size_t bytes, std::size_t alignment,
                                 place where);
[[nodiscard]] void* dynamic_shared();
[[noreturn]] void fail(const char* what, place where);

template <class T>
T shuffle(unsigned mask, T value, int from, place where) {
  static_assert(sizeof(T) <= warp_slot && std::is_trivially_copyable_v<T>);
  if (((mask >> from) & 1u) == 0) fail("a shuffle from a lane that the mask does not name", where);
  const unsigned char* const all = warp_gather(mask, warp_operation::shuffle, &value, sizeof(T), where);
  T found;
  warp_read(all, from, &found, sizeof(T));
  warp_release(all);
  return found;
}

}  // namespace hawser::gpu::simt
