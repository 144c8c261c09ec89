#include "actors/step_meter.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

// A device that needs `fixed` for a step, and `each` for a prompt token.
void run(step_meter& meter, runtime::duration fixed, runtime::duration each, int steps) {
  for (int i = 0; i < steps; ++i) {
    meter.observe(0, 8, fixed);
    const std::uint32_t chunk = meter.budget({.decodes = 8}, 512);
    meter.observe(chunk, 8, fixed + chunk * each);
  }
}

BOOST_AUTO_TEST_SUITE(step_meter_)

BOOST_AUTO_TEST_CASE(before_anything_is_known_the_fixed_numbers_hold) {
  const step_meter meter({.step_time = 100ms, .beside_decodes = 40});
  BOOST_TEST(meter.budget({.decodes = 8}, 512) == 40u);
  BOOST_TEST(meter.budget({.decodes = 8}, 30) == 30u);
  BOOST_TEST(meter.budget({}, 512) == 512u);
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
    BOOST_TEST(meter.budget({.decodes = 8}, 512) >= r.least);
    BOOST_TEST(meter.budget({.decodes = 8}, 512) <= r.most);
    // Alone there is more time for it.
    BOOST_TEST(meter.budget({}, 512) >= meter.budget({.decodes = 8}, 512));
  }
}

BOOST_AUTO_TEST_CASE(a_forecast_is_the_answers_and_the_prompts) {
  step_meter meter({.step_time = 100ms});
  BOOST_TEST((meter.forecast({.decodes = 8}, 100) == 0ms));
  run(meter, 10ms, 500us, 200);
  struct row {
    step_meter::contents of;
    std::uint32_t prompt;
    runtime::duration expected;
  };
  const row table[] = {{{.decodes = 8}, 0, 10ms},
                       {{.decodes = 8}, 100, 60ms},
                       {{.decodes = 4, .left_out = 4}, 100, 55ms},
                       {{}, 200, 100ms}};
  for (const row& r : table) {
    const auto got = meter.forecast(r.of, r.prompt);
    BOOST_TEST((got > r.expected * 95 / 100));
    BOOST_TEST((got < r.expected * 105 / 100));
  }
}

BOOST_AUTO_TEST_CASE(it_follows_a_device_that_becomes_slow) {
  step_meter meter({.step_time = 100ms});
  run(meter, 10ms, 100us, 100);
  const std::uint32_t before = meter.budget({.decodes = 8}, 4096);
  run(meter, 40ms, 1ms, 150);
  BOOST_TEST(before > 800u);
  BOOST_TEST(meter.budget({.decodes = 8}, 4096) < 90u);
  BOOST_TEST((meter.decode_step() > 35ms));
  BOOST_TEST(meter.prefill_rate() < 1300.0);
  BOOST_TEST((meter.time_for(1000) > 750ms));
}

BOOST_AUTO_TEST_CASE(a_tighter_wish_shortens_the_step_but_prompts_go_on) {
  step_meter meter({.step_time = 100ms});
  run(meter, 10ms, 500us, 200);
  const std::uint32_t some = meter.budget({.decodes = 8, .token_within = 50ms}, 512);
  BOOST_TEST(some > 70u);
  BOOST_TEST(some < 90u);
  BOOST_TEST(meter.budget({.decodes = 8, .token_within = 5ms}, 512) == 16u);
  BOOST_TEST(meter.budget({.decodes = 8, .token_within = 5ms}, 10) == 10u);
}

BOOST_AUTO_TEST_CASE(answers_that_are_left_out_leave_their_time) {
  step_meter meter({.step_time = 100ms});
  run(meter, 40ms, 500us, 200);
  // (100 - 40) / 0.5, and with half of the answers (100 - 20) / 0.5.
  const std::uint32_t beside_all = meter.budget({.decodes = 8}, 512);
  BOOST_TEST(beside_all > 110u);
  BOOST_TEST(beside_all < 130u);
  const std::uint32_t beside_half = meter.budget({.decodes = 4, .left_out = 4}, 512);
  BOOST_TEST(beside_half > 150u);
  BOOST_TEST(beside_half < 170u);
}

BOOST_AUTO_TEST_CASE(under_load_no_step_is_without_prompts_and_answers_are_measured_all_the_same) {
  step_meter meter({.step_time = 100ms});
  run(meter, 5ms, 500us, 50);
  // 64 answers of 0.5 ms beside as many prompt tokens: 32 ms a step are theirs, and a token comes every 64
  // ms.
  for (int i = 0; i < 300; ++i) meter.observe(64, 64, 64ms);
  BOOST_TEST((meter.decode_step() > 30ms));
  BOOST_TEST((meter.decode_step() < 34ms));
  BOOST_TEST((meter.token_pace() > 63ms));
}

BOOST_AUTO_TEST_CASE(few_tokens_say_nothing_about_many) {
  step_meter meter({.step_time = 100ms});
  // A reading of the weights for two tokens each, and a first burst on a machine that is busy with something
  // else.
  for (int i = 0; i < 100; ++i) meter.observe(2, 0, 6ms);
  meter.observe(26, 3, 220ms);
  BOOST_TEST(meter.prefill_rate() == 0.0);
  BOOST_TEST(meter.budget({.decodes = 8}, 512) == 256u);
  for (int i = 0; i < 32; ++i) meter.observe(16, 35, 35ms);
  BOOST_TEST(meter.prefill_rate() > 1200.0);
}

BOOST_AUTO_TEST_CASE(a_time_of_nought_keeps_the_fixed_number) {
  step_meter meter({.step_time = 0ms, .beside_decodes = 7});
  run(meter, 10ms, 500us, 10);
  meter.observe(512, 0, 256ms);
  BOOST_TEST(meter.budget({.decodes = 8}, 512) == 7u);
  BOOST_TEST(meter.budget({}, 512) == 512u);
  BOOST_TEST(meter.prefill_rate() > 0.0);
  // A step that the device did not run says nothing.
  const double rate = meter.prefill_rate();
  meter.observe(400, 0, 0ms);
  BOOST_TEST(meter.prefill_rate() == rate);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
