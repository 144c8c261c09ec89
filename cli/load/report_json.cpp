#include "cli/load/report_json.hpp"

#include <boost/json/array.hpp>

namespace hawser::load {

namespace {

namespace json = boost::json;

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

json::object of_histogram(const histogram& h) {
  return {{"count", h.count()},
          {"mean", h.mean_us() / 1e3},
          {"min", milliseconds(h.min())},
          {"p50", milliseconds(h.percentile(50))},
          {"p90", milliseconds(h.percentile(90))},
          {"p95", milliseconds(h.percentile(95))},
          {"p99", milliseconds(h.percentile(99))},
          {"max", milliseconds(h.max())}};
}

json::object of_class(const class_tally& one, std::chrono::nanoseconds length) {
  json::object by_ending;
  for (std::size_t i = 0; i < endings; ++i) {
    if (one.by_ending[i] > 0) by_ending[ending_names[i]] = one.by_ending[i];
  }
  const rates a_second = rates_of(one, length);
  return {{"name", one.name},
          {"requests", one.requests},
          {"attempts", one.attempts},
          {"endings", std::move(by_ending)},
          {"good", one.good},
          {"answer_tokens", one.tokens},
          {"prompt_tokens", one.prompt_tokens},
          {"cached_tokens", one.cached_tokens},
          {"waited_as_told", one.waited_as_told},
          {"admitted_after_waiting", one.back_admitted},
          {"accepted_then_timed_out", one.accepted_then_late},
          {"requests_per_second", a_second.requests},
          {"good_requests_per_second", a_second.good},
          {"tokens_per_second", a_second.tokens},
          {"good_tokens_per_second", a_second.good_tokens},
          {"ttft_ms", of_histogram(one.ttft)},
          {"ttft_from_send_ms", of_histogram(one.ttft_from_send)},
          {"inter_token_ms", of_histogram(one.gaps)},
          {"tpot_ms", of_histogram(one.tpot)},
          {"e2e_ms", of_histogram(one.e2e)},
          {"e2e_from_send_ms", of_histogram(one.e2e_from_send)},
          {"refusal_ms", of_histogram(one.refusal)},
          {"send_lag_ms", of_histogram(one.lag)}};
}

}  // namespace

rates rates_of(const class_tally& one, std::chrono::nanoseconds length) {
  const double seconds = std::chrono::duration<double>(length).count();
  if (seconds <= 0) return {};
  const auto each = [&](std::uint64_t count) { return static_cast<double>(count) / seconds; };
  return {each(one.count(ending::complete)), each(one.good), each(one.tokens), each(one.good_tokens)};
}

double cpu_per_thousand(const run_report& of) {
  std::uint64_t tokens = 0;
  for (const class_tally& one : of.results.classes()) tokens += one.tokens;
  return tokens == 0 ? 0.0
                     : std::chrono::duration<double>(of.cpu).count() * 1000.0 / static_cast<double>(tokens);
}

json::object report_json(const run_report& of) {
  json::array classes;
  for (const class_tally& one : of.results.classes()) classes.push_back(of_class(one, of.results.length()));
  std::chrono::nanoseconds slot_length{};
  json::array slots;
  for (const slot& one : of.results.over_time().slots(600, slot_length)) {
    slots.push_back({{"due", one.due},
                     {"complete", one.complete},
                     {"good", one.good},
                     {"refused", one.refused},
                     {"failed", one.failed},
                     {"tokens", one.tokens},
                     {"in_flight", one.in_flight},
                     {"waiting", one.waiting}});
  }
  return {{"seconds", std::chrono::duration<double>(of.wall).count()},
          {"measured_seconds", std::chrono::duration<double>(of.results.length()).count()},
          {"interrupted", of.interrupted},
          {"client_cpu_seconds", std::chrono::duration<double>(of.cpu).count()},
          {"client_cpu_seconds_per_1000_tokens", cpu_per_thousand(of)},
          {"percentile_relative_error", histogram::relative_error},
          {"all", of_class(of.results.sum(), of.results.length())},
          {"classes", std::move(classes)},
          {"slot_seconds", std::chrono::duration<double>(slot_length).count()},
          {"slots", std::move(slots)}};
}

}  // namespace hawser::load
