#include "runtime/crank.hpp"
#include "runtime/registry.hpp"
#include "runtime/supervisor.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::runtime {
namespace {

using namespace std::chrono_literals;

struct add {
  int value = 0;
};
struct total : asks<int> {};
struct hold : asks<int> {};
struct fail_now : asks<int> {};
struct end_now {};
struct arm {};

/// What the children of one test do, in order.
struct diary {
  std::vector<std::string> lines;
  std::map<std::string, int> refuse_starts;

  void write(const std::string& what) { lines.push_back(what); }
  [[nodiscard]] std::string read() {
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : " ") + line;
    lines.clear();
    return all;
  }
};

class worker : public actor<worker, add, total, hold, fail_now, end_now, arm> {
 public:
  worker(home where, std::shared_ptr<diary> log) : actor(where), log_(std::move(log)) {
    if (log_->refuse_starts[name()] > 0) {
      --log_->refuse_starts[name()];
      throw std::runtime_error("does not start");
    }
    log_->write("+" + name());
  }
  ~worker() override { log_->write("-" + name()); }

  void on(add m) { sum_ += m.value; }
  void on(total m) { m.to.answer(sum_); }
  void on(hold m) { held_.push_back(std::move(m.to)); }
  void on(const fail_now&) { throw std::runtime_error("asked to fail"); }
  void on(end_now) { close(); }
  void on(arm) {
    alarm_ = after(1s, [this] { log_->write("alarm of " + name()); });
    asked_ = after(0s, [this] { ++sum_; });
  }

 private:
  std::shared_ptr<diary> log_;
  int sum_ = 0;
  std::vector<reply_to<int>> held_;
  timer alarm_;
  timer asked_;
};

/// Says no to every stop.
class stubborn : public actor<stubborn, add> {
 public:
  stubborn(home where, std::shared_ptr<diary> log) : actor(where), log_(std::move(log)) {}
  ~stubborn() override { log_->write("-" + name()); }
  void on(add) {}
  void on_stop() override { log_->write("asked"); }

 private:
  std::shared_ptr<diary> log_;
};

struct fixture {
  crank by;
  std::shared_ptr<diary> log = std::make_shared<diary>();
  std::vector<std::string> answers;
  boost::asio::io_context::executor_type outside =
      static_cast<boost::asio::io_context&>(by.context()).get_executor();

  template <class Message>
  void ask(const worker::address_type& whom, Message m) {
    async_ask(whom, std::move(m), by.time(), 1h, outside, [this](boost::system::error_code error, int value) {
      answers.push_back(error ? error.message() : std::to_string(value));
    });
  }

  std::string heard() {
    by.run();
    auto& io = static_cast<boost::asio::io_context&>(by.context());
    io.restart();
    io.poll();
    std::string all;
    for (const std::string& each : answers) all += (all.empty() ? "" : ", ") + each;
    answers.clear();
    return all;
  }

  worker::address_type child(supervision& tree, const std::string& name, child_options options = {}) {
    options.name = name;
    return tree.add<worker>(std::move(options), log);
  }
};

BOOST_FIXTURE_TEST_SUITE(supervisors, fixture)

BOOST_AUTO_TEST_CASE(children_start_in_order_and_stop_in_reverse) {
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a");
  const auto b = child(tree, "b");
  const auto c = child(tree, "c");
  BOOST_TEST((a.tell(add{1}) == told::accepted));  // waits for the start
  bool failed = true;
  const auto top = std::move(tree).start([&failed](const terminated& t) { failed = t.failed; });
  BOOST_TEST(log->read() == "+a +b +c");
  ask(a, total{});
  BOOST_TEST(heard() == "1");
  top.stop();
  by.run();
  BOOST_TEST(log->read() == "-c -b -a");
  BOOST_TEST(!failed);
  BOOST_TEST((a.tell(add{1}) == told::closed));
}

BOOST_AUTO_TEST_CASE(a_failed_child_comes_back_at_its_address_without_its_state) {
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a");
  const auto b = child(tree, "b");
  const auto top = std::move(tree).start();
  BOOST_TEST((a.tell(add{40}) == told::accepted));
  ask(a, hold{});
  ask(a, fail_now{});
  BOOST_TEST((a.tell(add{2}) == told::accepted));
  ask(a, total{});
  // What it held and what it handled is answered with an error; what waited is read by the next life.
  BOOST_TEST(heard() == "the actor failed before it answered, the actor failed before it answered, 2");
  BOOST_TEST(log->read() == "+a +b -a +a");
  BOOST_TEST(a.where()->counters().restarts == 1u);
  BOOST_TEST(b.where()->counters().restarts == 0u);
  top.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(what_waits_is_refused_where_the_policy_says_so) {
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a", {.waiting = mail::refused});
  const auto top = std::move(tree).start();
  ask(a, fail_now{});
  BOOST_TEST((a.tell(add{2}) == told::accepted));
  ask(a, total{});
  BOOST_TEST(heard() == "the actor failed before it answered, the actor failed before it answered");
  ask(a, total{});
  BOOST_TEST(heard() == "0");
  top.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(completions_of_an_earlier_life_do_not_run_in_the_next) {
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a");
  const auto top = std::move(tree).start();
  BOOST_TEST((a.tell(arm{}) == told::accepted));
  by.run();
  by.time().advance(0s);  // the completion is in the mailbox
  (void)a.tell_first(fail_now{});
  ask(a, total{});
  BOOST_TEST(heard() == "0");
  (void)log->read();
  by.advance(2s);
  BOOST_TEST(log->read().empty());
  top.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(one_for_all_and_rest_for_one_take_the_others_along) {
  for (const auto& [how, expected] :
       {std::pair(strategy::one_for_all, "-b -c -a +a +b +c"),
        std::pair(strategy::rest_for_one, "-b -c +b +c"), std::pair(strategy::one_for_one, "-b +b")}) {
    supervision tree(by, {.name = "top", .limits = {.how = how}});
    const auto a = child(tree, "a");
    const auto b = child(tree, "b");
    const auto c = child(tree, "c");
    const auto top = std::move(tree).start();
    (void)log->read();
    ask(b, fail_now{});
    (void)heard();
    BOOST_TEST(log->read() == expected);
    top.stop();
    by.run();
    BOOST_TEST(log->read() == "-c -b -a");
  }
}

BOOST_AUTO_TEST_CASE(too_many_failures_end_the_tree_and_its_watchers_hear_of_it) {
  terminated end;
  supervision tree(by, {.name = "top", .limits = {.restarts = 2}});
  const auto a = child(tree, "a");
  const auto b = child(tree, "b");
  const auto top = std::move(tree).start([&end](const terminated& t) { end = t; });
  for (int i = 0; i < 3; ++i) {
    ask(a, fail_now{});
    (void)heard();
  }
  BOOST_TEST(end.failed);
  BOOST_TEST(end.reason == "too many restarts, the last for a: asked to fail");
  BOOST_TEST(log->read() == "+a +b -a +a -a +a -a -b");
  BOOST_TEST((b.tell(add{1}) == told::closed));
}

BOOST_AUTO_TEST_CASE(a_supervisor_that_gives_up_is_started_again_by_the_one_above) {
  supervision inner(by, {.name = "inner", .limits = {.restarts = 1}});
  const auto a = child(inner, "a");
  const auto b = child(inner, "b", {.again = restart::temporary});
  supervision tree(by, {.name = "top"});
  const auto first = child(tree, "first");
  const auto below = tree.add(std::move(inner));
  const auto top = std::move(tree).start();
  for (int i = 0; i < 2; ++i) {
    ask(a, fail_now{});
    BOOST_TEST((a.tell(add{7}) == told::accepted));
    (void)heard();
  }
  BOOST_TEST(log->read() == "+first +a +b -a +a -a -b +a");
  BOOST_TEST(below.where()->counters().restarts == 1u);
  ask(a, total{});
  BOOST_TEST(heard() == "7");  // through both restarts
  BOOST_TEST((b.tell(add{1}) == told::closed));
  top.stop();
  by.run();
  BOOST_TEST(log->read() == "-a -first");
  BOOST_TEST((a.tell(add{1}) == told::closed));
}

BOOST_AUTO_TEST_CASE(a_supervisor_is_taken_along_with_its_children) {
  supervision inner(by, {.name = "inner"});
  const auto b = child(inner, "b");
  const auto c = child(inner, "c");
  supervision tree(by, {.name = "top", .limits = {.how = strategy::one_for_all}});
  const auto a = child(tree, "a");
  const auto below = tree.add(std::move(inner));
  const auto top = std::move(tree).start();
  (void)log->read();
  ask(a, fail_now{});
  (void)heard();
  BOOST_TEST(log->read() == "-a -c -b +a +b +c");
  top.stop();
  by.run();
  BOOST_TEST(log->read() == "-c -b -a");
}

BOOST_AUTO_TEST_CASE(transient_and_temporary_children_end_for_good) {
  supervision tree(by, {.name = "top"});
  const auto t = child(tree, "t", {.again = restart::transient});
  const auto u = child(tree, "u", {.again = restart::temporary});
  const auto p = child(tree, "p");
  const auto top = std::move(tree).start();
  for (const auto& each : {t, u, p}) BOOST_TEST((each.tell(end_now{}) == told::accepted));
  by.run();
  BOOST_TEST(log->read() == "+t +u +p -t -u -p +p");
  BOOST_TEST((t.tell(add{1}) == told::closed));
  BOOST_TEST((p.tell(add{1}) == told::accepted));
  top.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_ends_the_started_and_is_told_to_the_caller) {
  log->refuse_starts["b"] = 1;
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a");
  const auto b = child(tree, "b");
  BOOST_CHECK_THROW(std::move(tree).start(), std::runtime_error);
  by.run();
  BOOST_TEST(log->read() == "+a -a");
  BOOST_TEST((a.tell(add{1}) == told::closed));
  BOOST_TEST((b.tell(add{1}) == told::closed));
}

BOOST_AUTO_TEST_CASE(a_restart_that_fails_is_tried_again_within_the_limit) {
  supervision tree(by, {.name = "top", .limits = {.restarts = 3}});
  const auto a = child(tree, "a");
  const auto top = std::move(tree).start();
  log->refuse_starts["a"] = 2;
  ask(a, fail_now{});
  (void)heard();
  BOOST_TEST(log->read() == "+a -a +a");
  ask(a, total{});
  BOOST_TEST(heard() == "0");
  top.stop();
  by.run();
}

BOOST_AUTO_TEST_CASE(who_does_not_stop_is_killed_at_its_deadline) {
  supervision tree(by, {.name = "top"});
  const auto a = child(tree, "a");
  const auto s = tree.add<stubborn>({.name = "s", .stop_within = 2s}, log);
  bool over = false;
  const auto top = std::move(tree).start([&over](const terminated&) { over = true; });
  top.stop();
  by.run();
  BOOST_TEST(log->read() == "+a asked");
  by.advance(1999ms);
  BOOST_TEST(!over);
  by.advance(1ms);
  BOOST_TEST(log->read() == "-s -a");
  BOOST_TEST(over);
}

BOOST_AUTO_TEST_CASE(the_tree_can_be_seen) {
  supervision inner(by, {.name = "inner"});
  const auto a = child(inner, "a");
  supervision tree(by, {.name = "top"});
  const auto below = tree.add(std::move(inner));
  const auto top = std::move(tree).start();
  by.run();
  std::map<std::string, actor_view> seen;
  for (const actor_view& each : registry::snapshot(&by)) seen[each.name] = each;
  BOOST_TEST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen["a"].parent == seen["inner"].id);
  BOOST_TEST(seen["inner"].parent == seen["top"].id);
  BOOST_TEST(seen["top"].parent == 0u);
  const std::string page = draw(registry::snapshot(&by));
  BOOST_TEST(page.find("\n    a #") != std::string::npos);
  top.stop();
  by.run();
  for (const actor_view& each : registry::snapshot(&by)) BOOST_TEST((each.state == actor_state::ended));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::runtime
