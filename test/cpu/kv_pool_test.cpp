#include "cpu/kv_pool.hpp"
#include "cpu/step_layout.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace {

using namespace hawser;

model::decoder_spec spec_with(std::vector<std::uint32_t> windows) {
  model::decoder_spec s;
  s.layers = static_cast<std::uint32_t>(windows.size());
  s.heads = 4;
  s.kv_heads = 2;
  s.head_dim = 40;
  s.context = 1000;
  for (const std::uint32_t w : windows) s.layer.push_back({.window = w, .rope = {}});
  return s;
}

BOOST_AUTO_TEST_SUITE(kv_pool)

BOOST_AUTO_TEST_CASE(layers_of_a_window_share_a_group) {
  const auto pool =
      cpu::kv_pool::make(spec_with({64, 64, 0, 64, 0}), {.seats = 3, .step_tokens = 128, .bytes = 64 << 20});
  const auto& groups = pool.value().groups();
  BOOST_REQUIRE(groups.size() == 2u);
  BOOST_TEST(groups[0].window == 64u);
  BOOST_TEST(groups[0].layers == 3u);
  BOOST_TEST(groups[0].page_bytes == 3u * 2 * 2 * 48 * 32 * 2);
  // window + step = 192 positions are 6 pages, and one at either end
  BOOST_TEST(groups[0].pages == 3u * 8);
  BOOST_TEST(groups[1].layers == 2u);
  BOOST_TEST(groups[1].pages == 3u * 32);
  BOOST_TEST(pool.value().group_of(4) == 1u);
  BOOST_TEST(pool.value().context() == 1000u);
}

BOOST_AUTO_TEST_CASE(no_two_heads_share_a_byte) {
  const auto pool =
      cpu::kv_pool::make(spec_with({64, 0, 64}), {.seats = 1, .step_tokens = 32, .bytes = 64 << 20}).value();
  const model::page_id table[] = {1, 0};
  std::set<const std::byte*> seen;
  const std::size_t one = 48 * 32 * 2;
  for (std::uint32_t layer = 0; layer < 3; ++layer)
    for (std::uint32_t head = 0; head < 2; ++head)
      for (const std::size_t position : {0u, 32u}) {
        const auto view = pool.view(layer, head, table);
        BOOST_TEST(seen.insert(view.keys(position)).second);
        BOOST_TEST(seen.insert(view.keys(position) + view.value_offset).second);
      }
  const std::byte* last = nullptr;
  for (const std::byte* at : seen) {
    if (last != nullptr) BOOST_TEST(static_cast<std::size_t>(at - last) >= one);
    last = at;
  }
}

BOOST_AUTO_TEST_CASE(too_little_memory_shortens_the_context_or_is_refused) {
  const auto spec = spec_with({0});
  const std::size_t page = 2 * 2 * 48 * 32 * 2;
  BOOST_TEST(cpu::kv_pool::make(spec, {.seats = 4, .step_tokens = 8, .bytes = 5 * page}).value().context() ==
             160u);
  BOOST_TEST(cpu::kv_pool::make(spec, {.seats = 4, .context = 100, .step_tokens = 8, .bytes = 5 * page})
                 .value()
                 .context() == 100u);
  const auto refused = cpu::kv_pool::make(spec, {.seats = 4, .step_tokens = 8, .bytes = page - 1});
  BOOST_TEST(refused.error().what.find("does not hold one page") != std::string::npos);
  BOOST_TEST(cpu::kv_pool::make(spec, {.page_tokens = 33, .bytes = 1 << 20}).error().what.find("33") !=
             std::string::npos);
  BOOST_TEST(cpu::kv_pool::make(spec_with({1, 2, 3, 4, 5}), {.bytes = 1 << 20}).has_error());
}

BOOST_AUTO_TEST_CASE(a_step_is_laid_out_row_by_row) {
  cpu::step_layout layout;
  const model::token_id a[] = {5, 6, 7, 8, 9}, b[] = {1};
  model::sequence_step s;
  s.position = 10;
  layout.add(s, a);
  s.position = 90;
  layout.add(s, b);
  layout.cut(2);
  BOOST_TEST(layout.rows() == 6u);
  BOOST_TEST(layout.token(5) == 1);
  BOOST_TEST(layout.position(4) == 14u);
  BOOST_TEST(layout.position(5) == 90u);
  BOOST_REQUIRE(layout.tiles().size() == 4u);
  BOOST_TEST(layout.tiles()[0].first_row == 5u);  // one row at 90 costs more than two at 12
  BOOST_TEST(layout.tiles()[1].first_row == 2u);
  BOOST_TEST(layout.tiles()[3].rows == 1u);
  layout.clear();
  BOOST_TEST(layout.rows() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
