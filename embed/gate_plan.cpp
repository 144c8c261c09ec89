#include "embed/gate_plan.hpp"

#include <algorithm>
#include <utility>

namespace hawser::embed {

gate_plan::gate_plan(std::vector<guard> guards, std::size_t bound)
    : guards_(std::move(guards)), state_(guards_.size()), bound_(bound) {}

gate_plan::step gate_plan::arrive(actors::generate what, runtime::time_point now) {
  if (guards_.empty()) return forward{std::move(what)};
  const actors::request_id id = what.id;
  auto listener = what.listener;
  if (waiting_.size() >= bound_ || waiting_.contains(id)) {
    actors::refused no{};
    no.id = id;
    no.why = actors::refusal::overloaded;
    no.message = "too many requests wait for an extension";
    no.retry_after = std::chrono::seconds(1);
    return refusal{std::move(listener), std::move(no)};
  }
  auto seen = std::make_shared<const seen_request>(seen_request{id, std::move(what.label),
                                                                std::move(what.key), std::move(what.spec),
                                                                what.share, std::move(what.trace)});
  waiting_.emplace(id, pending{std::move(listener), std::move(seen), 0, false});
  return advance(id, now);
}

gate_plan::step gate_plan::advance(actors::request_id id, runtime::time_point now) {
  pending& one = waiting_.at(id);
  if (one.at == guards_.size()) {
    auto leaving = waiting_.extract(id);
    pending& last = leaving.mapped();
    // A late extension may still read it, so it cannot be moved from.
    return forward{actors::generate{id, last.what->label, last.what->key, last.what->spec,
                                    std::move(last.listener), last.let_in, last.what->share,
                                    last.what->trace}};
  }
  standing& whom = state_[one.at];
  if (now < whom.not_before) {
    ++whom.missed;
    return without(id, now);
  }
  // Until it has answered in time again, one request in each `retry` waits for it.
  if (whom.not_before != runtime::time_point{}) whom.not_before = now + retry;
  return ask{one.at, one.what, guards_[one.at].admission};
}

gate_plan::step gate_plan::without(actors::request_id id, runtime::time_point now) {
  pending& one = waiting_.at(id);
  const guard& whom = guards_[one.at];
  if (whom.required) {
    return refuse_it(id, actors::refusal::not_ready, "the extension " + whom.name + " does not answer", {});
  }
  ++one.at;
  return advance(id, now);
}

gate_plan::refusal gate_plan::refuse_it(actors::request_id id, actors::refusal why, std::string message,
                                        std::string field) {
  auto leaving = waiting_.extract(id);
  actors::refused no{};
  no.id = id;
  no.why = why;
  no.message = std::move(message);
  no.field = std::move(field);
  if (why != actors::refusal::invalid) no.retry_after = std::chrono::seconds(1);
  return {std::move(leaving.mapped().listener), std::move(no)};
}

std::optional<gate_plan::step> gate_plan::answered(actors::request_id id, std::size_t whom, verdict what,
                                                   runtime::time_point now) {
  state_[whom].not_before = {};
  const auto found = waiting_.find(id);
  if (found == waiting_.end() || found->second.at != whom) return std::nullopt;
  pending& one = found->second;
  if (auto* const no = std::get_if<refuse>(&what)) {
    return refuse_it(id, actors::refusal::invalid, std::move(no->message), std::move(no->field));
  }
  if (auto* const other = std::get_if<change>(&what)) {
    // What the server decided for the request is not the extension's to change.
    other->spec.deadline = one.what->spec.deadline;
    one.what = std::make_shared<const seen_request>(seen_request{
        id, one.what->label, one.what->key, std::move(other->spec), one.what->share, one.what->trace});
  }
  ++one.at;
  return advance(id, now);
}

std::optional<gate_plan::step> gate_plan::decided(actors::request_id id, std::size_t whom,
                                                  admission_verdict what, runtime::time_point now) {
  state_[whom].not_before = {};
  const auto found = waiting_.find(id);
  if (found == waiting_.end() || found->second.at != whom) return std::nullopt;
  if (auto* const no = std::get_if<turn_away>(&what)) {
    constexpr std::chrono::milliseconds least(1000), most(60'000);
    refusal said = refuse_it(id, actors::refusal::overloaded, std::move(no->message), {});
    said.what.limit = "policy";
    said.what.retry_after = std::clamp(no->retry_after, least, most);
    return said;
  }
  found->second.let_in = std::holds_alternative<let_in>(what);
  ++found->second.at;
  return advance(id, now);
}

std::optional<gate_plan::step> gate_plan::missed(actors::request_id id, std::size_t whom, no_verdict why,
                                                 runtime::time_point now) {
  ++state_[whom].missed;
  if (why == no_verdict::late) state_[whom].not_before = now + retry;
  const auto found = waiting_.find(id);
  if (found == waiting_.end() || found->second.at != whom) return std::nullopt;
  return without(id, now);
}

std::optional<actors::generation_listener> gate_plan::cancel(actors::request_id id) {
  auto leaving = waiting_.extract(id);
  if (leaving.empty()) return std::nullopt;
  return std::move(leaving.mapped().listener);
}

std::vector<gate_plan::refusal> gate_plan::close() {
  std::vector<refusal> all;
  while (!waiting_.empty()) {
    all.push_back(
        refuse_it(waiting_.begin()->first, actors::refusal::stopping, "the server is stopping", {}));
  }
  return all;
}

}  // namespace hawser::embed
