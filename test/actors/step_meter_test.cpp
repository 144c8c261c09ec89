#include "actors/step_meter.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

// A device that needs `fixed` for a step, and `each` for a prompt token.
void run(step_meter& meter, runtime::duration fixed, runtime::duration each, int steps) {
  for (int i = 0; i < steps; ++i) {
    meter.observe(0, 8, fixed);
    const std::uint32_t chunk = meter.budget(true, 512);
    meter.observe(chunk, 8, fixed + chunk * each);
  }
}

BOOST_AUTO_TEST_SUITE(step_meter_)

BOOST_AUTO_TEST_CASE(before_anything_is_known_the_fixed_numbers_hold) {
  const step_meter meter({.step_time = 100ms, .beside_decodes = 40});
  BOOST_TEST(meter.budget(true, 512) == 40u);
  BOOST_TEST(meter.budget(true, 30) == 30u);
  BOOST_TEST(meter.budget(false, 512) == 512u);
  BOOST_TEST(meter.prefill_rate() == 0.0);
  BOOST_TEST((meter.decode_step() == 0ms));
  BOOST_TEST((meter.time_for(100) == 0ms));
}

BOOST_AUTO_TEST_CASE(steps_take_the_time_that_they_should) {
  struct row {
    runtime::duration fixed;
    runtime::duration each;
    std::uint32_t least;
    std::uint32_t most;
  };
  // 100 ms a step: (100 - 10) / 0.5 = 180; a device that is slow by itself gets as much again: 200 / 10 = 20.
  const row table[] = {
      {10ms, 500us, 170, 190}, {200ms, 10ms, 18, 22}, {1ms, 1us, 512, 512}, {90ms, 20ms, 16, 16}};
  for (const row& r : table) {
    step_meter meter({.step_time = 100ms});
    run(meter, r.fixed, r.each, 200);
    BOOST_TEST(meter.budget(true, 512) >= r.least);
    BOOST_TEST(meter.budget(true, 512) <= r.most);
    // Alone there is more time for it.
    BOOST_TEST(meter.budget(false, 512) >= meter.budget(true, 512));
  }
}

BOOST_AUTO_TEST_CASE(it_follows_a_device_that_becomes_slow) {
  step_meter meter({.step_time = 100ms});
  run(meter, 10ms, 100us, 100);
  const std::uint32_t before = meter.budget(true, 4096);
  run(meter, 40ms, 1ms, 150);
  BOOST_TEST(before > 800u);
  BOOST_TEST(meter.budget(true, 4096) < 90u);
  BOOST_TEST((meter.decode_step() > 35ms));
  BOOST_TEST(meter.prefill_rate() < 1300.0);
  BOOST_TEST((meter.time_for(1000) > 750ms));
}

BOOST_AUTO_TEST_CASE(a_tighter_wish_shortens_the_step_but_prompts_go_on) {
  step_meter meter({.step_time = 100ms});
  run(meter, 10ms, 500us, 200);
  const std::uint32_t some = meter.budget(true, 512, 50ms);
  BOOST_TEST(some > 70u);
  BOOST_TEST(some < 90u);
  BOOST_TEST(meter.budget(true, 512, 5ms) == 16u);
  BOOST_TEST(meter.budget(true, 10, 5ms) == 10u);
}

BOOST_AUTO_TEST_CASE(few_tokens_say_nothing_about_many) {
  step_meter meter({.step_time = 100ms});
  // A reading of the weights for two tokens each, and a first burst on a machine that is busy with something
  // else.
  for (int i = 0; i < 100; ++i) meter.observe(2, 0, 6ms);
  meter.observe(26, 3, 220ms);
  BOOST_TEST(meter.prefill_rate() == 0.0);
  BOOST_TEST(meter.budget(true, 512) == 256u);
  for (int i = 0; i < 32; ++i) meter.observe(16, 35, 35ms);
  BOOST_TEST(meter.prefill_rate() > 1200.0);
}

BOOST_AUTO_TEST_CASE(a_time_of_nought_keeps_the_fixed_number) {
  step_meter meter({.step_time = 0ms, .beside_decodes = 7});
  run(meter, 10ms, 500us, 10);
  meter.observe(512, 0, 256ms);
  BOOST_TEST(meter.budget(true, 512) == 7u);
  BOOST_TEST(meter.budget(false, 512) == 512u);
  BOOST_TEST(meter.prefill_rate() > 0.0);
  // A step that the device did not run says nothing.
  const double rate = meter.prefill_rate();
  meter.observe(400, 0, 0ms);
  BOOST_TEST(meter.prefill_rate() == rate);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
