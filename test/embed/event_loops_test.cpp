#include "embed/event_loops.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <semaphore>

namespace hawser::embed {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(event_loop_threads)

BOOST_AUTO_TEST_CASE(all_that_live_answer_the_roll_again_and_again) {
  event_loops loops(8, 1);
  for (int i = 0; i < 20; ++i) {
    std::binary_semaphore here{0};
    loops.call_roll(60s, [&here] { here.release(); });
    BOOST_REQUIRE(here.try_acquire_for(60s));
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_held_up_is_missed_until_it_comes_back) {
  event_loops loops(2, 1);
  std::binary_semaphore held{0};
  std::binary_semaphore go{0};
  boost::asio::post(loops.io(), [&] {
    held.release();
    go.acquire();
  });
  held.acquire();
  std::binary_semaphore here{0};
  loops.call_roll(60s, [&here] { here.release(); });
  // The other thread runs on, and alone is not enough.
  std::binary_semaphore passed{0};
  const auto later = loops.by_loop().time().call_after(100ms, [&passed] { passed.release(); });
  BOOST_REQUIRE(passed.try_acquire_for(60s));
  BOOST_TEST(!here.try_acquire());
  go.release();
  BOOST_TEST(here.try_acquire_for(60s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hawser::embed
