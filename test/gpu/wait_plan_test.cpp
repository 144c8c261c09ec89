/// Which waits are over: every rule of wait_plan.hpp, without a thread and without a device.
#include "gpu/error.hpp"
#include "gpu/wait_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace hawser;
using namespace std::chrono_literals;

/// Notes what it was completed with.
class noted final : public gpu::waiting_handler {
 public:
  void complete(boost::system::error_code error) noexcept override {
    ++times;
    last = error;
  }
  int times = 0;
  boost::system::error_code last;
};

/// Events are numbers here; `answers` says what each would answer, not_ready when it says nothing.
struct bench {
  template <class Handle>
  static Handle handle(std::uintptr_t n) {
    return reinterpret_cast<Handle>(n * 16);
  }
  std::shared_ptr<gpu::stream_wait> add(noted& handler, std::uintptr_t stream, std::uintptr_t event,
                                        gpu::time_point deadline = gpu::time_point::max()) {
    auto wait =
        std::make_shared<gpu::stream_wait>(handler, handle<gpu::stream_handle>(stream), nullptr, deadline);
    wait->event = handle<gpu::event_handle>(event);
    plan.add(wait);
    return wait;
  }
  std::vector<gpu::wait_plan::outcome> look(gpu::time_point now = {}) {
    return plan.look(now, [this](gpu::event_handle event) {
      const auto n = reinterpret_cast<std::uintptr_t>(event) / 16;
      asked.push_back(n);
      const auto it = answers.find(n);
      return it == answers.end() ? gpu::cuda_error::not_ready : it->second;
    });
  }
  gpu::wait_plan plan;
  std::map<std::uintptr_t, gpu::cuda_error> answers;
  std::vector<std::uintptr_t> asked;
};

BOOST_AUTO_TEST_SUITE(wait_plan)

BOOST_AUTO_TEST_CASE(a_stream_ends_its_waits_in_order) {
  bench b;
  noted h;
  const auto first = b.add(h, 1, 1), second = b.add(h, 1, 2), other = b.add(h, 2, 3);
  b.answers = {{2, gpu::cuda_error::none}, {3, gpu::cuda_error::none}};
  auto over = b.look();
  BOOST_REQUIRE(over.size() == 1);
  BOOST_TEST((over[0].what == other));
  // The second event was not even asked: the first may fire between two questions.
  BOOST_TEST(b.asked == (std::vector<std::uintptr_t>{1, 3}));
  b.answers[1] = gpu::cuda_error::none;
  over = b.look();
  BOOST_REQUIRE(over.size() == 2);
  BOOST_TEST((over[0].what == first));
  BOOST_TEST((over[1].what == second));
  BOOST_TEST(!over[0].error);
  BOOST_TEST(b.plan.size() == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_device_ends_all_waits_of_all_streams) {
  bench b;
  noted h;
  b.add(h, 1, 1);
  b.add(h, 1, 2);
  b.add(h, 2, 3);
  b.answers[3] = gpu::cuda_error::illegal_address;
  const auto over = b.look();
  BOOST_REQUIRE(over.size() == 3);
  for (const auto& each : over) {
    BOOST_TEST((each.error == gpu::cuda_error::illegal_address));
    BOOST_TEST(each.over);
  }
  BOOST_TEST((b.plan.broken() == gpu::cuda_error::illegal_address));
  // And one that begins later.
  b.asked.clear();
  b.add(h, 4, 9);
  b.answers[9] = gpu::cuda_error::none;
  const auto later = b.look();
  BOOST_REQUIRE(later.size() == 1);
  BOOST_TEST((later[0].error == gpu::cuda_error::illegal_address));
  BOOST_TEST(b.asked.empty());
}

BOOST_AUTO_TEST_CASE(an_error_that_breaks_nothing_ends_its_own_wait) {
  bench b;
  noted h;
  b.add(h, 1, 1);
  b.add(h, 2, 2);
  b.answers[1] = gpu::cuda_error::invalid_value;
  const auto over = b.look();
  BOOST_REQUIRE(over.size() == 1);
  BOOST_TEST((over[0].error == gpu::cuda_error::invalid_value));
  BOOST_TEST((b.plan.broken() == gpu::cuda_error::none));
  BOOST_TEST(b.plan.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_late_wait_is_told_once_and_keeps_its_place) {
  bench b;
  noted h;
  const auto late = b.add(h, 1, 1, gpu::time_point(10s));
  BOOST_TEST(b.look(gpu::time_point(9s)).empty());
  auto found = b.look(gpu::time_point(10s));
  BOOST_REQUIRE(found.size() == 1);
  BOOST_TEST((found[0].error == gpu::errc::late));
  BOOST_TEST(!found[0].over);
  late->finish(found[0].error);
  BOOST_TEST(h.times == 1);
  BOOST_TEST(b.look(gpu::time_point(11s)).empty());
  BOOST_TEST(b.plan.size() == 1);
  b.answers[1] = gpu::cuda_error::none;
  found = b.look(gpu::time_point(12s));
  BOOST_REQUIRE(found.size() == 1);
  BOOST_TEST(found[0].over);
  found[0].what->finish(found[0].error);
  BOOST_TEST(h.times == 1);
}

BOOST_AUTO_TEST_CASE(a_wait_behind_another_may_be_late_too) {
  bench b;
  noted h;
  b.add(h, 1, 1);
  const auto late = b.add(h, 1, 2, gpu::time_point(1s));
  const auto found = b.look(gpu::time_point(1s));
  BOOST_REQUIRE(found.size() == 1);
  BOOST_TEST((found[0].what == late));
}

BOOST_AUTO_TEST_CASE(who_is_forgotten_is_aborted) {
  noted h;
  {
    const gpu::stream_wait wait(h, nullptr, nullptr, {});
  }
  BOOST_TEST(h.times == 1);
  BOOST_TEST((h.last == boost::asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(only_memory_errors_and_faults_break_a_device) {
  for (const auto e : {gpu::cuda_error::illegal_address, gpu::cuda_error::launch_failure,
                       gpu::cuda_error::launch_timeout, gpu::cuda_error::uncorrectable_ecc})
    BOOST_TEST(gpu::is_sticky(e));
  for (const auto e : {gpu::cuda_error::none, gpu::cuda_error::out_of_memory, gpu::cuda_error::not_ready,
                       gpu::cuda_error::invalid_value, gpu::cuda_error::capture_unsupported})
    BOOST_TEST(!gpu::is_sticky(e));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
