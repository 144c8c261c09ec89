#include "net/quota_fields.hpp"
#include "net/request_rules.hpp"
#include "net/session.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hawser::net {

std::optional<api_error> session::judge_visit(const http_request& request) {
  const net_options& told = setup_->options;
  caller_.reset();
  if (const auto named = judge_host(request, told.door); !named) return named.error();
  auto who = judge_caller(request, told.door, told.keys.get());
  if (!who) return who.error();
  caller_ = std::move(*who);
  return std::nullopt;
}

std::optional<api_error> session::take_quota(double tokens, quota_hold& into) {
  if (!caller_ || caller_->key.limits.none()) return std::nullopt;
  const quota_verdict granted = caller_->account->take(tokens, time().now());
  if (granted.over != quota_limit::none) return over_quota(caller_->key, granted);
  into = quota_hold(caller_->account, tokens, time());
  return std::nullopt;
}

std::optional<api_error> session::take_quota_of(const generation_job& job, reply_frame& frame) {
  double tokens = 0;
  for (const actors::generation_spec& spec : job.specs) {
    if (const auto may = judge_rank(caller_, spec.rank); !may) return may.error();
    tokens += expected_tokens(spec);
  }
  const quota_verdict granted = hold_.grow(tokens);
  if (granted.over != quota_limit::none) hold_.give_back();
  show_quota(frame);
  if (granted.over != quota_limit::none) return over_quota(caller_->key, granted);
  return std::nullopt;
}

void session::show_quota(reply_frame& frame) {
  if (!caller_ || caller_->key.limits.none()) return;
  frame.fields += quota_fields(caller_->account->view(time().now()), frame.errors, time().wall());
}

// Costs nothing where there are no quotas.
void session::count_told(actors::request_id id, double tokens) noexcept {
  if (hold_ && exchange_ && exchange_->runs(id)) return hold_.note(tokens);
  if (const auto held = std::ranges::find(holds_, id, &held_quota::first); held != holds_.end())
    held->second.note(tokens);
}

void session::count_spent(const actors::ended& event) {
  const double used = static_cast<double>(event.prompt_tokens) + static_cast<double>(event.answer_tokens);
  if (const auto held = std::ranges::find(holds_, event.id, &held_quota::first); held != holds_.end()) {
    held->second.settle(used);
    holds_.erase(held);
    return;
  }
  if (exchange_ && exchange_->runs(event.id)) spent_ += used;
}

void session::count_refused(const actors::refused& event) {
  const auto held = std::ranges::find(holds_, event.id, &held_quota::first);
  if (held == holds_.end()) return;
  const bool own_fault =
      event.why == actors::refusal::invalid || event.why == actors::refusal::prompt_too_long;
  if (own_fault) {
    held->second.settle(0);
  } else {
    held->second.give_back();
  }
  holds_.erase(held);
}

void session::note_request(const http_request& request, const reply_frame& frame) {
  trace_ = client_trace(request);
  if (!setup_->options.on_answered) return;
  const std::string_view target = request.target;
  asked_ = std::make_unique<answered>();
  asked_->method = request.method;
  asked_->path = std::string(target.substr(0, target.find('?')));
  asked_->request_id = frame.request_id;
  asked_->trace = trace_;
  asked_at_ = time().now();
}

void session::count_response(int status) noexcept {
  setup_->counters.count_response(status);
  if (asked_) asked_->status = status;
}

void session::tell_answered() {
  const auto over = std::exchange(asked_, nullptr);
  if (!over) return;
  over->key = tenant();
  over->took = time().now() - asked_at_;
  setup_->options.on_answered(*over);
}

}  // namespace hawser::net
