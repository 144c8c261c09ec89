#include "actors/supervisor_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <vector>

namespace hawser::actors {
namespace {

using namespace std::chrono_literals;

const runtime::time_point start = runtime::time_point{} + 1h;

BOOST_AUTO_TEST_SUITE(supervisor_plan_)

supervisor_plan ready_plan() {
  supervisor_plan plan({.restarts = 2, .window = 60s});
  plan.started();
  BOOST_TEST(plan.loaded({}).raise_model);
  BOOST_TEST((*plan.warmed(0, start).announce == phase::ready));
  return plan;
}

// Stops one after the other, and says in which order.
std::vector<role> stop_all(supervisor_plan& plan, supervisor_orders orders) {
  std::vector<role> order;
  while (orders.stop) {
    order.push_back(orders.stop->who);
    orders = plan.ended(*orders.stop, false, {}, start);
  }
  BOOST_TEST(orders.down);
  return order;
}

BOOST_AUTO_TEST_CASE(it_comes_up_and_goes_down_in_order) {
  supervisor_plan plan = ready_plan();
  const auto stop = plan.stop();
  BOOST_TEST((*stop.announce == phase::draining));
  BOOST_TEST(stop.drain);
  BOOST_TEST((stop_all(plan, plan.drained()) ==
              std::vector{role::ingress, role::tokenizer, role::batcher, role::executor, role::telemetry}));
}

BOOST_AUTO_TEST_CASE(it_is_ready_after_its_rehearsal) {
  supervisor_plan plan({.restarts = 2, .window = 60s}, true);
  plan.started();
  (void)plan.loaded({});
  BOOST_TEST(!plan.rehearsed(0, {}).announce);  // there was none yet
  BOOST_TEST(plan.ended({role::executor}, true, "x", start).warm_up);
  const auto warm = plan.warmed(0, start);
  BOOST_TEST(!warm.announce);
  BOOST_TEST(warm.rehearse);
  // What fails under it is started again, and so is it.
  const auto again = plan.ended({role::batcher}, true, "x", start);
  BOOST_TEST(again.rehearse);
  BOOST_TEST(!again.warm_up);
  const auto ready = plan.rehearsed(0, "one was left out");
  BOOST_TEST((*ready.announce == phase::ready));
  BOOST_TEST(ready.why == "one was left out");
  BOOST_TEST(!plan.rehearsed(0, {}).announce);
  BOOST_TEST(!plan.ended({role::batcher}, true, "x", start + 70s).rehearse);
}

BOOST_AUTO_TEST_CASE(the_result_cache_goes_first) {
  supervisor_plan plan({}, false, true);
  plan.started();
  (void)plan.loaded({});
  (void)plan.warmed(0, start);
  (void)plan.stop();
  BOOST_TEST((stop_all(plan, plan.drained()) == std::vector{role::results, role::ingress, role::tokenizer,
                                                            role::batcher, role::executor, role::telemetry}));
  supervisor_plan failed({}, false, true);
  failed.started();
  (void)failed.loaded({});
  (void)failed.warmed(0, start);
  const auto orders = failed.ended({role::results}, true, "x", start);
  BOOST_TEST((*orders.announce == phase::failed));
  BOOST_TEST(orders.cut_short);
}

BOOST_AUTO_TEST_CASE(a_drain_that_takes_too_long_is_cut) {
  supervisor_plan plan = ready_plan();
  (void)plan.stop();
  BOOST_TEST(plan.drain_is_over().cut_short);
  BOOST_TEST((plan.drain_is_over().stop->who == role::ingress));
}

BOOST_AUTO_TEST_CASE(it_stops_in_every_phase) {
  supervisor_plan never;
  const auto stop_never = never.stop();
  BOOST_TEST(stop_never.drain);
  BOOST_TEST(stop_all(never, never.drained()).size() == 3u);
  supervisor_plan loading;
  loading.started();
  BOOST_TEST(!loading.stop().drain);
  BOOST_TEST(stop_all(loading, loading.loaded({})).size() == 3u);
  supervisor_plan broken;
  broken.started();
  const auto failed = broken.loaded("no such file");
  BOOST_TEST((*failed.announce == phase::failed));
  BOOST_TEST(failed.why == "no such file");
  BOOST_TEST(broken.stop().drain);
}

BOOST_AUTO_TEST_CASE(the_failed_are_started_again_within_reason) {
  supervisor_plan plan = ready_plan();
  auto orders = plan.ended({role::batcher}, true, "x", start);
  BOOST_TEST(orders.fail_batch);
  BOOST_TEST(orders.restart_batcher);
  orders = plan.ended({role::executor}, true, "x", start + 1s);
  BOOST_TEST(orders.restart_executor);
  // The window moves on.
  orders = plan.ended({role::executor}, true, "x", start + 60500ms);
  BOOST_TEST(orders.restart_executor);
  orders = plan.ended({role::executor}, true, "x", start + 60600ms);
  BOOST_TEST(!orders.restart_executor);
  BOOST_TEST(orders.end_batch);
  BOOST_TEST((*orders.announce == phase::failed));
  BOOST_TEST(stop_all(plan,
                      [&] {
                        (void)plan.stop();
                        return plan.drained();
                      }())
                 .size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_device_may_come_back) {
  supervisor_plan plan = ready_plan();
  BOOST_TEST((*plan.device_lost(0, false, "silent", start).announce == phase::failed));
  BOOST_TEST((*plan.device_back(0).announce == phase::ready));
  BOOST_TEST(!plan.device_back(0).announce.has_value());
  BOOST_TEST(plan.ended({role::tokenizer}, true, "x", start).cut_short);
  BOOST_TEST((plan.now() == phase::failed));
  // That is for good.
  BOOST_TEST(!plan.device_back(0).announce.has_value());
}

// Two devices that serve, and can be made anew.
supervisor_plan pair_plan(bool rehearses = false) {
  supervisor_plan plan({.restarts = 2, .window = 60s}, rehearses);
  plan.started();
  BOOST_TEST(plan.loaded({}, 2, true).raise_model);
  return plan;
}

BOOST_AUTO_TEST_CASE(several_devices_are_ready_together_and_stop_together) {
  supervisor_plan plan = pair_plan(true);
  BOOST_TEST(plan.warmed(1, start).rehearse);
  BOOST_TEST(plan.warmed(0, start).rehearse);
  BOOST_TEST(!plan.rehearsed(1, "one was left out").announce);
  const auto ready = plan.rehearsed(0, {});
  BOOST_TEST((*ready.announce == phase::ready));
  BOOST_TEST(ready.why == "one was left out");
  (void)plan.stop();
  BOOST_TEST((stop_all(plan, plan.drained()) == std::vector{role::ingress, role::tokenizer, role::router,
                                                            role::batcher, role::batcher, role::executor,
                                                            role::executor, role::telemetry}));
}

BOOST_AUTO_TEST_CASE(one_of_several_devices_may_be_lost_and_all_may_not) {
  supervisor_plan plan = pair_plan();
  (void)plan.warmed(0, start);
  // One that never warms up does not keep the other from serving.
  const auto first = plan.device_lost(1, false, "silent", start);
  BOOST_TEST((*first.announce == phase::ready));
  BOOST_TEST(!first.revive_after);
  BOOST_TEST((plan.lost(1) && !plan.lost(0)));
  const auto all = plan.device_lost(0, false, "silent", start);
  BOOST_TEST((*all.announce == phase::failed));
  BOOST_TEST((*plan.device_back(1).announce == phase::ready));
  const auto other = plan.device_back(0);
  BOOST_TEST((*other.announce == phase::ready));
  BOOST_TEST(other.why == "device 1 of 2 answers again");
}

BOOST_AUTO_TEST_CASE(a_broken_device_is_made_anew_later_each_time) {
  supervisor_plan plan = pair_plan();
  (void)plan.warmed(0, start);
  (void)plan.warmed(1, start);
  auto orders = plan.device_lost(1, true, "the device failed", start + 1s);
  BOOST_TEST((*orders.announce == phase::ready));
  BOOST_TEST(orders.why == "device 2 of 2 is lost: the device failed; the others go on");
  BOOST_TEST((*orders.revive_after == 5s));
  orders = plan.due(1);
  BOOST_TEST(orders.retire);
  // Those of its life before are of no interest any more.
  orders = plan.ended({role::batcher, 1, 0}, true, "late", start + 7s);
  BOOST_TEST((!orders.restart_batcher && !orders.fail_batch));
  orders = plan.revived(1, "no memory");
  BOOST_TEST((*orders.revive_after == 10s));
  BOOST_TEST(orders.why == "device 2 of 2 stays away: no memory");
  BOOST_TEST(plan.due(1).retire);
  orders = plan.revived(1, {});
  BOOST_TEST((orders.restart_executor && orders.warm_up && !orders.count && !orders.restart_batcher));
  BOOST_TEST(plan.lost(1));
  orders = plan.warmed(1, start + 30s);
  BOOST_TEST((orders.restart_batcher && !orders.count));
  BOOST_TEST(orders.why == "device 2 of 2 serves again");
  BOOST_TEST(!plan.lost(1));
  BOOST_TEST((*plan.device_lost(1, true, "x", start + 40s).revive_after == 20s));
  BOOST_TEST(plan.due(1).retire);
  (void)plan.revived(1, {});
  (void)plan.warmed(1, start + 60s);
  // It has worked for long.
  BOOST_TEST((*plan.device_lost(1, true, "x", start + 20min).revive_after == 5s));
  // Nobody waits for it at a stop.
  (void)plan.stop();
  BOOST_TEST(!plan.due(1).retire);
  BOOST_TEST((stop_all(plan, plan.drained()).back() == role::telemetry));
}

BOOST_AUTO_TEST_CASE(a_device_that_fails_its_new_warm_up_is_tried_again) {
  supervisor_plan plan = pair_plan();
  (void)plan.warmed(0, start);
  (void)plan.warmed(1, start);
  (void)plan.device_lost(0, true, "x", start);
  (void)plan.due(0);
  (void)plan.revived(0, {});
  BOOST_TEST((*plan.device_lost(0, false, "silent", start).revive_after == 10s));
}

BOOST_AUTO_TEST_CASE(without_the_router_nobody_is_served) {
  supervisor_plan plan = pair_plan();
  (void)plan.warmed(0, start);
  (void)plan.warmed(1, start);
  const auto orders = plan.ended({role::router}, true, "x", start);
  BOOST_TEST((*orders.announce == phase::failed));
  BOOST_TEST(orders.end_all);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::actors
