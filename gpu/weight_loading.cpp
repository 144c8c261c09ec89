#include "gpu/weight_loading.hpp"

#include "gpu/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace hawser::gpu {

namespace {

namespace asio = boost::asio;

/// All that a copy may touch: a wait keeps it until the device has come past.
struct holdings {
  std::array<std::shared_ptr<std::byte>, 2> pinned;
  std::vector<std::shared_ptr<std::byte>> memory;
};

using release_call = cuda_error (*)(void*);

std::shared_ptr<std::byte> owned(void* memory, release_call release) {
  return {static_cast<std::byte*>(memory), [release](std::byte* mine) { release(mine); }};
}

std::string in_mib(std::size_t bytes) {
  return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB";
}

loaded_weights failed(cuda_error error, const weight_loading& how, std::size_t all) {
  const std::string device = "device " + std::to_string(how.device);
  std::size_t free = 0;
  std::size_t total = 0;
  if (error == cuda_error::out_of_memory && how.calls->memory_info(&free, &total) == cuda_error::none) {
    return {{},
            error,
            "the weights need " + in_mib(all) + " on " + device + ", which had " + in_mib(free) + " of " +
                in_mib(total) +
                " free when they did not fit: take a smaller model or quantization, or free memory there"};
  }
  const boost::system::error_code code = error;
  return {{}, code, "the weights could not be loaded to " + device + ": " + code.message()};
}

cuda_error allocate(const weight_loading& how, const std::vector<weight_slice>& slices, holdings& into) {
  if (const auto e = how.calls->set_device(how.device); e != cuda_error::none) return e;
  for (const weight_slice& slice : slices) {
    void* made = nullptr;
    if (const auto e = how.calls->allocate(&made, slice.size()); e != cuda_error::none) return e;
    into.memory.push_back(owned(made, how.calls->release));
  }
  for (auto& buffer : into.pinned) {
    void* made = nullptr;
    if (const auto e = how.calls->allocate_pinned(&made, how.block, 0); e != cuda_error::none) return e;
    buffer = owned(made, how.calls->release_pinned);
  }
  return cuda_error::none;
}

}  // namespace

asio::awaitable<loaded_weights> load_weights(weight_loading how, std::vector<weight_slice> slices) {
  const std::size_t all = std::accumulate(slices.begin(), slices.end(), std::size_t{0},
                                          [](std::size_t sum, const auto& s) { return sum + s.size(); });
  // A cancellation comes back as an error of the wait, not as an exception.
  co_await asio::this_coro::throw_if_cancelled(false);
  auto held = std::make_shared<holdings>();
  if (const auto e = allocate(how, slices, *held); e != cuda_error::none) {
    held.reset();  // the numbers are those without us
    co_return failed(e, how, all);
  }
  std::size_t given = 0;
  std::size_t turn = 0;
  const auto arrive = [&] {
    return async_wait(how.stream, {.keep = held}, asio::as_tuple(asio::use_awaitable));
  };
  for (std::size_t i = 0; i < slices.size(); ++i) {
    for (std::size_t offset = 0; offset < slices[i].size(); offset += how.block) {
      const std::size_t bytes = std::min(how.block, slices[i].size() - offset);
      std::byte* const buffer = held->pinned[turn++ % 2].get();
      gather(slices[i], offset, {buffer, bytes});
      if (given > 0) {  // the block before this one
        if (const auto [e] = co_await arrive(); e) co_return loaded_weights{{}, e, e.message()};
        how.progress(given, all);
      }
      // The coroutine may go on in another thread, which may have chosen another device.
      auto e = how.calls->set_device(how.device);
      if (e == cuda_error::none)
        e = how.calls->copy(held->memory[i].get() + offset, buffer, bytes, copy_direction::host_to_device,
                            how.stream.handle);
      if (e != cuda_error::none) co_return failed(e, how, all);
      given += bytes;
    }
  }
  if (const auto [e] = co_await arrive(); e) co_return loaded_weights{{}, e, e.message()};
  how.progress(given, all);
  co_return loaded_weights{std::move(held->memory), {}, {}};
}

}  // namespace hawser::gpu
