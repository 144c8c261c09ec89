#include "cli/top/frame.hpp"
#include "cli/top/snapshot.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace hawser::cli {
namespace {

actor_line line(std::uint64_t id, std::uint64_t parent, std::string name, std::uint64_t messages = 0,
                double busy_ms = 0) {
  actor_line made;
  made.id = id;
  made.parent = parent;
  made.name = std::move(name);
  made.state = "running";
  made.messages = messages;
  made.busy_ms = busy_ms;
  return made;
}

actor_snapshot look(double seconds, std::vector<actor_line> actors) {
  return {.version = "1", .seconds = seconds, .actors = std::move(actors)};
}

BOOST_AUTO_TEST_SUITE(top_frames)

BOOST_AUTO_TEST_CASE(rates_are_what_happened_between_two_looks) {
  const auto before = look(10, {line(1, 0, "core", 100, 50), line(2, 1, "batcher", 1000, 400)});
  auto now = look(12, {line(1, 0, "core", 101, 50), line(2, 1, "batcher", 1500, 900)});
  now.actors[1].waiting = 3;
  now.actors[1].oldest_ms = 1.25;
  now.actors[1].slow = 2;
  now.actors[1].restarts = 1;
  now.actors[1].handling = "step_done";
  now.actors[1].handling_ms = 12'500;
  BOOST_TEST(
      draw_frame(&before, now, "here:1", {}) ==
      "hawser 1 at here:1: 2 actors, 250 messages/s, busy 0.25 threads, 3 waiting, 2 slow, 1 restarts\n"
      "\n"
      "actor      messages/s  busy %  waiting  oldest ms  slow  restarts  messages  handling\n"
      "core              0.5     0.0        0          -     0         0       101\n"
      "  batcher       250.0    25.0        3        1.2     2         1      1500  step_done for 12.5 s");
}

BOOST_AUTO_TEST_CASE(without_a_look_before_there_are_no_rates) {
  const auto now = look(12, {line(1, 0, "core", 101, 50)});
  const std::string first =
      "hawser 1 at x: 1 actors, 0 waiting, 0 slow, 0 restarts\n\n"
      "actor  messages/s  busy %  waiting  oldest ms  slow  restarts  messages  handling\n"
      "core            -       -        0          -     0         0       101";
  BOOST_TEST(draw_frame(nullptr, now, "x", {}) == first);
  // The server has begun anew: its clock, or the actor's counts, have gone back.
  const auto later = look(13, {line(1, 0, "core", 1, 1)});
  BOOST_TEST(draw_frame(&later, now, "x", {}) == first);
  const auto more = look(11, {line(1, 0, "core", 102, 50)});
  BOOST_TEST(draw_frame(&more, now, "x", {}) == first);
  // Another actor that has the id now.
  const auto other = look(11, {line(1, 0, "gone", 1, 1)});
  BOOST_TEST(draw_frame(&other, now, "x", {}) == first);
}

BOOST_AUTO_TEST_CASE(many_of_one_name_are_known_by_their_parent) {
  actor_line many = line(0, 1, "session", 100);
  many.actors = 20;
  const auto before = look(1, {line(1, 0, "listener"), many});
  many.messages = 300;
  many.actors = 30;
  const auto now = look(2, {line(1, 0, "listener"), many});
  const std::string drawn = draw_frame(&before, now, "x", {});
  BOOST_TEST(drawn.find("31 actors, 200 messages/s") != std::string::npos);
  BOOST_TEST(drawn.find("\n  session x 30       200.0 ") != std::string::npos);
  // Those that went took their counts along: no rate below nothing.
  BOOST_TEST(draw_frame(&now, look(3, {line(1, 0, "listener"), before.actors[1]}), "x", {})
                 .find("\n  session x 20         0.0 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_tree_holds_whoever_is_there) {
  actor_line down = line(3, 2, "leaf");
  down.state = "vacant";
  // An orphan, one that names itself, and siblings apart from each other in the list.
  const auto now = look(
      1, {line(1, 0, "a"), line(2, 1, "b"), line(9, 77, "orphan"), line(4, 4, "own"), down, line(5, 1, "c")});
  const std::string drawn = draw_frame(nullptr, now, "x", {});
  std::string names;
  for (std::size_t at = drawn.find("\na"); at != std::string::npos; at = drawn.find('\n', at + 1)) {
    const std::string rest = drawn.substr(at + 1);
    if (rest.starts_with("actor")) continue;
    names += rest.substr(0, rest.find("  ", rest.find_first_not_of(' '))) + "|";
  }
  BOOST_TEST(names == "a|  b|    leaf (vacant)|  c|orphan|own|");
}

BOOST_AUTO_TEST_CASE(a_frame_keeps_to_its_size) {
  std::vector<actor_line> actors;
  for (std::uint64_t i = 1; i <= 20; ++i) actors.push_back(line(i, 0, "actor\xc3\xa9" + std::to_string(i)));
  const auto now = look(1, actors);
  const std::string drawn = draw_frame(nullptr, now, "x", {.width = 7, .height = 6});
  BOOST_TEST(drawn == "hawser \n\nactor  \nactor\xc3\xa9"
                      "1\nactor\xc3\xa9"
                      "2\n... and");
  BOOST_TEST(draw_frame(nullptr, now, "x", {.height = 23}).find("more lines") == std::string::npos);
  BOOST_TEST(draw_frame(nullptr, now, "x", {.height = 22}).ends_with("\n... and 2 more lines"));
  BOOST_TEST(draw_frame(nullptr, now, "x", {.height = 1}) == "... and 23 more lines");
  BOOST_TEST(draw_notice("x", "gone", {.width = 4}) == "haws\n\ngone");
}

BOOST_AUTO_TEST_CASE(a_page_is_read_and_what_is_none_is_said) {
  const auto read = read_snapshot(
      R"({"hawser":"0.2","seconds":1.5,"actors":[{"id":7,"parent":3,"name":"a\u001b[2J\nb","actors":2,"state":"running",
          "mailbox":8,"waiting":1,"oldest_ms":0.5,"messages":9,"busy_ms":2.25,"slow":1,"restarts":4,
          "handling":"x","handling_ms":1},{"id":"odd","busy_ms":-0.5e999}]})");
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->version == "0.2");
  BOOST_TEST(read->seconds == 1.5);
  BOOST_REQUIRE(read->actors.size() == 2u);
  const actor_line& one = read->actors[0];
  BOOST_TEST(one.name == "a\\x1b[2J b");
  BOOST_TEST(one.id == 7u);
  BOOST_TEST(one.parent == 3u);
  BOOST_TEST(one.actors == 2u);
  BOOST_TEST(one.messages == 9u);
  BOOST_TEST(one.busy_ms == 2.25);
  BOOST_TEST(one.restarts == 4u);
  BOOST_TEST(read->actors[1].id == 0u);
  for (const char* const wrong :
       {"", "[]", "{", R"({"actors":[]})", R"({"hawser":"1","actors":{}})", R"({"hawser":"1","actors":[1]})"})
    BOOST_TEST(read_snapshot(wrong).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::cli
