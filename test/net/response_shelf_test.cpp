#include "net/response_shelf.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace hawser::net {
namespace {

kept_response turn(std::string id, kept_turn before = nullptr, std::size_t size = 100) {
  kept_response made;
  made.id = std::move(id);
  made.turns = before ? before->turns + 1 : 1;
  made.before = std::move(before);
  made.messages = std::string(size, 'm');
  return made;
}

BOOST_AUTO_TEST_SUITE(response_shelves)

BOOST_AUTO_TEST_CASE(what_is_kept_is_found_by_its_tenant_only) {
  response_shelf shelf({}, nullptr);
  shelf.keep("alice", turn("resp_1"));
  BOOST_TEST(shelf.find("alice", "resp_1")->messages.size() == 100u);
  BOOST_TEST(!shelf.find("bob", "resp_1"));
  BOOST_TEST(!shelf.find("", "resp_1"));
  BOOST_TEST(!shelf.find("alice", "resp_2"));
  BOOST_TEST(!shelf.forget("bob", "resp_1"));
  BOOST_TEST(shelf.forget("alice", "resp_1"));
  BOOST_TEST(!shelf.forget("alice", "resp_1"));
  BOOST_TEST(!shelf.find("alice", "resp_1"));
  BOOST_TEST(shelf.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes_first) {
  response_shelf shelf({.count = 2}, nullptr);
  shelf.keep("", turn("a"));
  shelf.keep("", turn("b"));
  BOOST_TEST(bool(shelf.find("", "a")));
  shelf.keep("", turn("c"));
  BOOST_TEST(shelf.count() == 2u);
  BOOST_TEST(!shelf.find("", "b"));
  BOOST_TEST(bool(shelf.find("", "a")));
  BOOST_TEST(bool(shelf.find("", "c")));
}

BOOST_AUTO_TEST_CASE(bytes_are_bounded) {
  const std::size_t one = turn("a").bytes();
  response_shelf shelf({.bytes = 3 * one}, nullptr);
  for (const char* const id : {"a", "b", "c", "d"}) shelf.keep("", turn(id));
  BOOST_TEST(shelf.bytes() == 3 * one);
  BOOST_TEST(!shelf.find("", "a"));
  BOOST_TEST(bool(shelf.find("", "b")));
  // One that has no room at all makes nobody go.
  BOOST_TEST(shelf.keep("", turn("large", nullptr, 3 * one))->turns == 1u);
  BOOST_TEST(!shelf.find("", "large"));
  BOOST_TEST(shelf.count() == 3u);
}

BOOST_AUTO_TEST_CASE(a_conversation_outlives_its_first_turns) {
  const std::size_t one = turn("a").bytes();
  response_shelf shelf({.bytes = 3 * one}, nullptr);
  kept_turn last = shelf.keep("", turn("a"));
  last = shelf.keep("", turn("b", last));
  BOOST_TEST(shelf.forget("", "a"));
  BOOST_TEST(shelf.bytes() == 2 * one);  // what is continued still needs it
  BOOST_TEST(shelf.find("", "b")->before->id == "a");
  BOOST_TEST(last->turns == 2u);
  last.reset();
  BOOST_TEST(shelf.forget("", "b"));
  BOOST_TEST(shelf.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(its_bytes_stand_on_the_board_and_outlive_it) {
  const auto board = std::make_shared<actors::memory_board>();
  kept_turn held;
  {
    response_shelf shelf({}, board);
    held = shelf.keep("", turn("a"));
    shelf.keep("", turn("b"));
    BOOST_TEST(board->read().of(actors::memory_owner::buffers) == shelf.bytes());
  }
  BOOST_TEST(board->read().of(actors::memory_owner::buffers) == held->bytes());
  held.reset();
  BOOST_TEST(board->read().of(actors::memory_owner::buffers) == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_looks_at_its_own_first) {
  response_memory memory{.shared = std::make_shared<response_shelf>(shelf_limits{}, nullptr),
                         .own = std::make_shared<response_shelf>(shelf_limits{}, nullptr),
                         .tenant = "alice"};
  memory.shared->keep("alice", turn("shared"));
  memory.own->keep("alice", turn("own"));
  BOOST_TEST(bool(memory.find("shared")));
  BOOST_TEST(bool(memory.find("own")));
  BOOST_TEST(!memory.find("other"));
  BOOST_TEST(!response_memory().find("own"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net
