/// The weight loader on the stand-in runtime: what arrives, and what happens when it cannot.
#include "gpu/error.hpp"
#include "gpu/stand_in/stand_in.hpp"
#include "gpu/weight_loading.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace hawser;
namespace asio = boost::asio;
namespace stand_in = gpu::stand_in;

struct loader {
  explicit loader(stand_in::machine machine = {}) {
    stand_in::reset(machine);
    bridge.emplace(stand_in::calls(), 0);
    BOOST_REQUIRE(
        (stand_in::calls().create_stream(&stream, gpu::stream_non_blocking) == gpu::cuda_error::none));
    for (std::size_t i = 0; i < matrix.size(); ++i) matrix[i] = static_cast<std::byte>(i * 7 + i / 256);
  }
  ~loader() {
    stand_in::release(stream);
    bridge.reset();
    stand_in::calls().destroy_stream(stream);
  }
  loader(const loader&) = delete;
  loader& operator=(const loader&) = delete;

  void start(std::size_t block, std::vector<gpu::weight_slice> slices) {
    gpu::weight_loading how{&stand_in::calls(), 0, {io.get_executor(), &*bridge, stream}, block};
    how.progress = [this](std::size_t done, std::size_t all) {
      seen.push_back(done);
      whole = all;
    };
    asio::co_spawn(
        io, gpu::load_weights(std::move(how), std::move(slices)),
        asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr e, gpu::loaded_weights w) {
          BOOST_TEST(!e);
          got = std::move(w);
        }));
  }
  gpu::weight_slice part(std::size_t row, std::size_t rows, std::size_t skip, std::size_t width) const {
    return {"w", matrix.data(), 100, row, rows, skip, width};
  }

  asio::io_context io;
  std::optional<gpu::stream_bridge> bridge;
  gpu::stream_handle stream = nullptr;
  asio::cancellation_signal cancel;
  std::vector<std::byte> matrix = std::vector<std::byte>(4000);
  std::vector<std::size_t> seen;
  std::size_t whole = 0;
  std::optional<gpu::loaded_weights> got;
};

BOOST_AUTO_TEST_SUITE(weight_loading)

BOOST_AUTO_TEST_CASE(whole_matrices_and_shards_arrive_whatever_the_block) {
  for (const std::size_t block : {7u, 64u, 100u, 5000u}) {
    loader l;
    l.start(block, {l.part(0, 40, 0, 100), l.part(3, 11, 20, 33)});
    l.io.run();
    BOOST_REQUIRE((l.got && !l.got->error));
    BOOST_REQUIRE(l.got->memory.size() == 2u);
    BOOST_TEST(std::equal(l.matrix.begin(), l.matrix.end(), l.got->memory[0].get()));
    for (std::size_t i = 0; i < 11 * 33; ++i)
      BOOST_REQUIRE((l.got->memory[1].get()[i] == l.matrix[(3 + i / 33) * 100 + 20 + i % 33]));
    BOOST_TEST(l.whole == 4363u);
    BOOST_TEST(l.seen.back() == 4363u);
    BOOST_TEST(std::is_sorted(l.seen.begin(), l.seen.end()));
    BOOST_TEST(stand_in::complaints().empty());
    l.got.reset();
    BOOST_TEST(stand_in::alive().allocations == 0u);
    BOOST_TEST(stand_in::alive().pinned == 0u);
  }
}

BOOST_AUTO_TEST_CASE(too_little_memory_is_one_sentence_with_the_numbers) {
  loader l({.memory = 4100});
  l.start(64, {l.part(0, 40, 0, 100), l.part(3, 11, 20, 33)});
  l.io.run();
  BOOST_REQUIRE(l.got);
  BOOST_TEST((l.got->error == gpu::cuda_error::out_of_memory));
  BOOST_TEST(l.got->trouble.find("the weights need 1 MiB on device 0, which had 1 MiB of 1 MiB free") == 0u);
  BOOST_TEST(stand_in::alive().allocations == 0u);
}

BOOST_AUTO_TEST_CASE(a_copy_that_fails_and_a_device_that_breaks_end_it) {
  for (const bool breaks : {false, true}) {
    loader l;
    if (breaks)
      stand_in::fault(l.stream, gpu::cuda_error::illegal_address);
    else
      stand_in::fail_call("cudaMemcpyAsync", gpu::cuda_error::invalid_value, 3);
    l.start(64, {l.part(0, 40, 0, 100)});
    l.io.run();
    BOOST_REQUIRE(l.got);
    BOOST_TEST(
        (l.got->error == (breaks ? gpu::cuda_error::illegal_address : gpu::cuda_error::invalid_value)));
    BOOST_TEST(!l.got->trouble.empty());
    BOOST_TEST(l.got->memory.empty());
  }
}

BOOST_AUTO_TEST_CASE(cancelled_it_ends_at_once_and_memory_stays_until_the_device_has_come_past) {
  loader l;
  stand_in::hold(l.stream);
  l.start(64, {l.part(0, 40, 0, 100)});
  l.io.poll();
  BOOST_TEST(!l.got);
  l.cancel.emit(asio::cancellation_type::terminal);
  l.io.run();
  BOOST_REQUIRE(l.got);
  BOOST_TEST((l.got->error == asio::error::operation_aborted));
  BOOST_TEST(stand_in::alive().allocations == 1u);
  BOOST_TEST(stand_in::alive().pinned == 2u);
  stand_in::release(l.stream);
  while (stand_in::alive().allocations + stand_in::alive().pinned != 0) std::this_thread::yield();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
