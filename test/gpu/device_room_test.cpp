#include "gpu/device_room.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::gpu {
namespace {

constexpr std::size_t mb = std::size_t{1} << 20;

/// A card of 1,000 MB, of which 900 may be taken, and 200 are left for pages.
device_room room() {
  return {.name = "GPU 0, Card",
          .memory = 1200 * mb,
          .free = 1000 * mb,
          .share = 0.9,
          .weights = 600 * mb,
          .scratch = 100 * mb};
}

/// A layer in which every position takes a KB.
model::decoder_spec spec() {
  model::decoder_spec s;
  s.layers = 1;
  s.context = 100'000;
  s.layer.resize(1);
  return s;
}

model::page_wish wish() {
  return {.page_tokens = 32,
          .seats = 4,
          .context = 0,
          .step_tokens = 64,
          .bytes = 0,
          .layer_page_bytes = 32 * 1024};
}

BOOST_AUTO_TEST_SUITE(device_room_)

BOOST_AUTO_TEST_CASE(pages_get_what_weights_and_work_leave) {
  BOOST_TEST(left_for_pages(room()).value() == 200 * mb);
  const auto plan = plan_device_pages(room(), spec(), wish()).value();
  BOOST_TEST(plan.groups.at(0).pages == 200u * 32);
  BOOST_TEST(plan.context == 100'000u);
  BOOST_TEST(room_warning(room(), spec(), wish(), plan).empty());
}

BOOST_AUTO_TEST_CASE(less_than_was_wanted_is_said_with_the_numbers) {
  auto less = room();
  less.free = 800 * mb;  // 720 may be taken: 20 are left
  const auto plan = plan_device_pages(less, spec(), wish()).value();
  BOOST_TEST(plan.context == 20u * 1024);
  const std::string said = room_warning(less, spec(), wish(), plan);
  for (const char* const part :
       {"GPU 0, Card has 800 MB of 1200 MB free", "may give 720 MB", "the weights take 600 MB",
        "the work of a step 100 MB", "20 MB are left for keys and values",
        "20480 of the context's 100000 tokens"})
    BOOST_TEST(said.find(part) != std::string::npos, said << " lacks " << part);

  auto asked = wish();
  asked.context = 1024;
  asked.bytes = 50 * mb;
  const auto cut = plan_device_pages(less, spec(), asked).value();
  BOOST_TEST(room_warning(less, spec(), asked, cut).find("in place of 50 MB") != std::string::npos);
  asked.bytes = 3 * mb;
  const auto small = plan_device_pages(less, spec(), asked).value();
  BOOST_TEST(small.groups.at(0).pages == 96u);
  BOOST_TEST(room_warning(less, spec(), asked, small).empty());
}

BOOST_AUTO_TEST_CASE(too_little_is_an_error_with_a_cure) {
  auto full = room();
  full.free = 700 * mb;
  const auto none = plan_device_pages(full, spec(), wish());
  BOOST_REQUIRE(none.has_error());
  BOOST_TEST((none.error().cause == model::errc::over_limit));
  BOOST_TEST(none.error().what.find("nothing is left for keys and values: end what else uses the device") !=
             std::string::npos);
  full.free = 778 * mb;  // a fifth of a MB is left, and 512 tokens take half of one
  const auto short_of = plan_device_pages(full, spec(), wish());
  BOOST_REQUIRE(short_of.has_error());
  BOOST_TEST(short_of.error().what.find("hold no 512 tokens") != std::string::npos);
  auto brief = wish();
  brief.context = 128;
  BOOST_TEST(plan_device_pages(full, spec(), brief).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_the_wish_is_not_the_memorys_fault) {
  auto odd = wish();
  odd.page_tokens = 5;
  const auto refused = plan_device_pages(room(), spec(), odd);
  BOOST_REQUIRE(refused.has_error());
  BOOST_TEST((refused.error().cause == model::errc::bad_argument));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::gpu
