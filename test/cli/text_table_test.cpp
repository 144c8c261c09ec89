#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::cli {
namespace {

BOOST_AUTO_TEST_SUITE(cli_text)

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell_and_numbers_stand_right) {
  text_table table;
  table.add_row({"batch", "speed"});
  table.add_row({"1", "3.5"});
  table.add_row({"32", "1234.5", "x"});
  BOOST_TEST(table.text() == "batch  speed\n1         3.5\n32     1234.5  x\n");
}

BOOST_AUTO_TEST_CASE(sizes_are_in_the_largest_unit_that_leaves_one_or_more) {
  BOOST_TEST(print_bytes(0) == "0 bytes");
  BOOST_TEST(print_bytes(1023) == "1023 bytes");
  BOOST_TEST(print_bytes(1536) == "1.5 KB");
  BOOST_TEST(print_bytes(std::uint64_t{5} << 40) == "5.0 TB");
  BOOST_TEST(print_bytes(std::uint64_t{5} << 50) == "5120.0 TB");
}

BOOST_AUTO_TEST_CASE(text_from_outside_cannot_steer_a_terminal) {
  BOOST_TEST(printable("plain \xe6\xb5\x8b\n\t\xf0\x9f\x98\x80") == "plain \xe6\xb5\x8b\n\t\xf0\x9f\x98\x80");
  BOOST_TEST(printable("\x1b[31m\x7f") == "\\x1b[31m\\x7f");
  BOOST_TEST(printable("\xff\xc3") == "\\xff\\xc3");
  // Overlong, surrogate, above U+10FFFF, cut off.
  BOOST_TEST(printable("\xc0\xaf") == "\\xc0\\xaf");
  BOOST_TEST(printable("\xe0\x80\xaf") == "\\xe0\\x80\\xaf");
  BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  BOOST_TEST(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  BOOST_TEST(printable("\xe6\xb5") == "\\xe6\\xb5");
}

BOOST_AUTO_TEST_CASE(a_bar_is_full_when_the_work_is_done_and_never_more) {
  BOOST_TEST(draw_bar(0, 10, 4) == "[....]   0 %");
  BOOST_TEST(draw_bar(5, 10, 4) == "[##..]  50 %");
  BOOST_TEST(draw_bar(10, 10, 4) == "[####] 100 %");
  BOOST_TEST(draw_bar(12, 10, 4) == "[####] 100 %");
  BOOST_TEST(draw_bar(0, 0, 4) == "[####] 100 %");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::cli
