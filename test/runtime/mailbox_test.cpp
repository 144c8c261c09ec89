#include "runtime/mailbox.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace hawser::runtime {
namespace {

struct probe final : envelope {
  probe(int n, int& alive, bool counts = true) : number(n), alive_(alive) {
    counted = counts;
    ++alive_;
  }
  ~probe() override { --alive_; }
  void open(void*) override {}

  int number;

 private:
  int& alive_;
};

struct fixture {
  int alive = 0;
  bool wake = false;

  told send(mailbox& box, int number, bool counts = true) {
    if (counts) {
      if (const told room = box.reserve(); room != told::accepted) return room;
    }
    auto letter = std::make_unique<probe>(number, alive, counts);
    const told answer = box.push(letter.get(), wake);
    if (answer == told::accepted) (void)letter.release();
    return answer;
  }

  /// The number of the next letter; -1: rests idle, -2: rests shut.
  static int read(mailbox& box) {
    mailbox::rest how{};
    const std::unique_ptr<envelope> letter(box.read_or_rest(how));
    if (!letter) return how == mailbox::rest::shut ? -2 : -1;
    box.read(*letter);
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
