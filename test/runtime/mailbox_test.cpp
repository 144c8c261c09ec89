#include "runtime/mailbox.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace hawser::runtime {
namespace {

struct probe final : envelope {
  probe(int n, int& count, bool counts = true) : envelope(of), number(n), alive(count) {
    counted = counts;
    ++alive;
  }
  ~probe() { --alive; }

  int number;
  int& alive;

  static void open(envelope*, void*) {}
  static void drop(envelope* self) noexcept { delete static_cast<probe*>(self); }
  static constexpr message_kind of{"probe", &open, &drop};
};

struct fixture {
  int alive = 0;
  bool wake = false;

  told send(mailbox& box, int number, bool counts = true) {
    envelope_ptr letter(new probe(number, alive, counts));
    const told answer = box.push(letter.get(), wake);
    if (answer == told::accepted) (void)letter.release();
    return answer;
  }

  told send_first(mailbox& box, int number) {
    envelope_ptr letter(new probe(number, alive, false));
    const told answer = box.push_first(letter.get(), wake);
    if (answer == told::accepted) (void)letter.release();
    return answer;
  }

  /// The number of the next letter; -1: rests idle, -2: rests shut.
  static int read(mailbox& box) {
    mailbox::rest how{};
    const envelope_ptr letter(box.read_or_rest(how));
    if (!letter) return how == mailbox::rest::shut ? -2 : -1;
    return static_cast<const probe&>(*letter).number;
  }
};

BOOST_FIXTURE_TEST_SUITE(mailbox_word, fixture)

BOOST_AUTO_TEST_CASE(only_the_first_letter_wakes_the_reader) {
  mailbox box(8);
  BOOST_TEST((send(box, 1) == told::accepted));
  BOOST_TEST(wake);
  BOOST_TEST((send(box, 2) == told::accepted));
  BOOST_TEST(!wake);
  BOOST_TEST(read(box) == 1);
  BOOST_TEST((send(box, 3) == told::accepted));
  BOOST_TEST(!wake);  // the reader is at work
  BOOST_TEST(read(box) == 2);
  BOOST_TEST(read(box) == 3);
  BOOST_TEST(read(box) == -1);
  BOOST_TEST((send(box, 4) == told::accepted));
  BOOST_TEST(wake);
}

BOOST_AUTO_TEST_CASE(the_bound_counts_what_waits) {
  mailbox box(2);
  BOOST_TEST((send(box, 1) == told::accepted));
  BOOST_TEST((send(box, 2) == told::accepted));
  BOOST_TEST((send(box, 3) == told::full));
  BOOST_TEST((send(box, 4, false) == told::accepted));
  BOOST_TEST(box.waiting() == 2u);
  BOOST_TEST(read(box) == 1);
  BOOST_TEST(box.waiting() == 1u);
  BOOST_TEST((send(box, 5) == told::accepted));
  BOOST_TEST((send(box, 6) == told::full));
}

BOOST_AUTO_TEST_CASE(the_bound_holds_while_letters_are_drained_but_unread) {
  mailbox box(4);
  for (int i = 0; i < 4; ++i) BOOST_TEST((send(box, i) == told::accepted));
  BOOST_TEST(read(box) == 0);
  BOOST_TEST((send(box, 4) == told::accepted));
  BOOST_TEST((send(box, 5) == told::full));
  BOOST_TEST((box.room() == told::full));
  for (int i = 1; i <= 4; ++i) BOOST_TEST(read(box) == i);
  BOOST_TEST(box.waiting() == 0u);
  BOOST_TEST((box.room() == told::accepted));
}

BOOST_AUTO_TEST_CASE(a_large_mailbox_publishes_its_room_in_steps_and_at_rest) {
  mailbox box(64);
  for (int i = 0; i < 64; ++i) BOOST_TEST((send(box, i) == told::accepted));
  for (int i = 0; i < 7; ++i) BOOST_TEST(read(box) == i);
  BOOST_TEST((send(box, 64) == told::full));
  BOOST_TEST(read(box) == 7);
  BOOST_TEST((send(box, 64) == told::accepted));
  for (int i = 8; i <= 64; ++i) BOOST_TEST(read(box) == i);
  BOOST_TEST(read(box) == -1);
  BOOST_TEST(box.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(control_letters_are_read_first_and_in_order) {
  mailbox box(8);
  BOOST_TEST((send(box, 1) == told::accepted));
  BOOST_TEST((send(box, 2) == told::accepted));
  BOOST_TEST(read(box) == 1);
  BOOST_TEST((send_first(box, 10) == told::accepted));
  BOOST_TEST(!wake);
  BOOST_TEST((send_first(box, 11) == told::accepted));
  BOOST_TEST(read(box) == 10);
  BOOST_TEST((send_first(box, 12) == told::accepted));
  BOOST_TEST(read(box) == 11);
  BOOST_TEST(read(box) == 12);
  BOOST_TEST(read(box) == 2);
  BOOST_TEST(read(box) == -1);
  BOOST_TEST(box.resting());
  BOOST_TEST((send_first(box, 13) == told::accepted));
  BOOST_TEST(wake);
  BOOST_TEST(read(box) == 13);
}

BOOST_AUTO_TEST_CASE(a_control_letter_is_read_before_the_mailbox_shuts_and_refused_after) {
  mailbox box(8);
  BOOST_TEST((send(box, 1) == told::accepted));
  box.close();
  BOOST_TEST((send_first(box, 10) == told::accepted));
  BOOST_TEST(read(box) == 10);
  BOOST_TEST(read(box) == 1);
  BOOST_TEST(read(box) == -2);
  BOOST_TEST((send_first(box, 11) == told::closed));
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(emptied_and_reopened_it_takes_letters_again) {
  mailbox box(4);
  for (int i = 0; i < 4; ++i) BOOST_TEST((send(box, i) == told::accepted));
  BOOST_TEST(read(box) == 0);
  BOOST_TEST((send_first(box, 10) == told::accepted));
  box.empty_out();
  BOOST_TEST(alive == 1);
  BOOST_TEST(box.waiting() == 0u);
  box.close();
  BOOST_TEST(read(box) == 10);
  BOOST_TEST(read(box) == -2);
  box.reopen();
  BOOST_TEST((send(box, 5) == told::accepted));
  BOOST_TEST(!wake);  // the one who reopened it reads
  BOOST_TEST((send_first(box, 6) == told::accepted));
  BOOST_TEST(read(box) == 6);
  BOOST_TEST(read(box) == 5);
  BOOST_TEST(read(box) == -1);
}

BOOST_AUTO_TEST_CASE(closing_refuses_new_letters_and_loses_none) {
  mailbox box(8);
  BOOST_TEST((send(box, 1) == told::accepted));
  box.close();
  BOOST_TEST((send(box, 2) == told::closed));
  // The actor's own completions still arrive until it has nothing left to read.
  BOOST_TEST((send(box, 3, false) == told::accepted));
  BOOST_TEST(read(box) == 1);
  BOOST_TEST(read(box) == 3);
  BOOST_TEST(!box.shut());
  BOOST_TEST(read(box) == -2);
  BOOST_TEST(box.shut());
  BOOST_TEST((send(box, 4, false) == told::closed));
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(abandoning_destroys_what_waits) {
  mailbox box(8);
  for (int i = 0; i < 5; ++i) BOOST_TEST((send(box, i) == told::accepted));
  BOOST_TEST(read(box) == 0);
  BOOST_TEST((send(box, 9) == told::accepted));
  box.abandon();
  BOOST_TEST(alive == 0);
  BOOST_TEST((send(box, 10, false) == told::closed));
  BOOST_TEST(read(box) == -2);
}

BOOST_AUTO_TEST_CASE(a_mailbox_that_is_dropped_frees_its_letters) {
  {
    mailbox box(8);
    BOOST_TEST((send(box, 1) == told::accepted));
    BOOST_TEST((send(box, 2) == told::accepted));
    BOOST_TEST(alive == 2);
  }
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
