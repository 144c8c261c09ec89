#include "actors/fair_line.hpp"

#include <algorithm>

namespace hawser::actors {

fair_line::~fair_line() {
  for (auto& [key, of] : accounts_) of->line.clear();
}

void fair_line::push(std::shared_ptr<sequence> who) {
  std::shared_ptr<account>& of = who->payer;
  if (!of) {
    forget_idle();
    std::shared_ptr<account>& known = accounts_[who->spec.key];
    if (!known) {
      known = std::make_shared<account>();
      known->number = ++numbers_;
    }
    of = known;
    of->share = std::max(0.001f, who->spec.share);
  }
  account& at = *of;
  if (at.line.empty()) {
    at.used = std::max(at.used, turns_.empty() ? last_ : turns_.begin()->first);
  } else {
    delist(at);
  }
  place follows = at.line.end();
  if (!at.line.empty() && at.line.back()->arrival > who->arrival) {
    for (follows = at.line.begin(); (*follows)->arrival < who->arrival;) ++follows;
  }
  const sequence* const key = who.get();
  places_.emplace(key, at.line.insert(follows, std::move(who)));
  enlist(at);
}

void fair_line::remove(const sequence& who) {
  const auto found = places_.find(&who);
  if (found == places_.end()) return;
  // It may be the last to hold the sequence, and with it the account.
  const std::shared_ptr<account> of = who.payer;
  delist(*of);
  const place at = found->second;
  places_.erase(found);
  of->line.erase(at);
  if (of->line.empty()) {
    last_ = of->used;
  } else {
    enlist(*of);
  }
}

void fair_line::serve(const sequence& who, runtime::time_point now) {
  account& of = *who.payer;
  if (!of.line.empty()) delist(of);
  of.served = now;
  if (!of.line.empty()) enlist(of);
}

void fair_line::charge(const sequence& who, double tokens) {
  account& of = *who.payer;
  const double more = tokens / static_cast<double>(of.share);
  if (of.line.empty()) {
    of.used += more;
    return;
  }
  // The node is moved, so that nothing is allocated for a token.
  auto node = turns_.extract(turn{of.used, &of});
  of.used += more;
  node.value().first = of.used;
  turns_.insert(std::move(node));
}

const std::shared_ptr<sequence>* fair_line::next(bool newest) const noexcept {
  if (turns_.empty()) return nullptr;
  const account& of = *turns_.begin()->second;
  return newest ? &of.line.back() : &of.line.front();
}

const std::shared_ptr<sequence>* fair_line::longest(runtime::time_point& since) const noexcept {
  if (waits_.empty()) return nullptr;
  since = waits_.begin()->first;
  return &waits_.begin()->second->line.front();
}

// Who has lost its seat has waited since it came: so it is not put off for ever. The others of a key wait for
// each other, and not for the rest of the world.
runtime::time_point fair_line::start_of(const account& of) noexcept {
  const sequence& front = *of.line.front();
  return front.displaced ? front.arrived : std::max(front.arrived, of.served);
}

void fair_line::enlist(account& of) {
  turns_.emplace(of.used, &of);
  waits_.emplace(start_of(of), &of);
}

void fair_line::delist(account& of) {
  turns_.erase(turn{of.used, &of});
  waits_.erase(wait{start_of(of), &of});
}

// Those without a sequence that would be lifted anyway if they came back: nothing is lost with them.
void fair_line::forget_idle() {
  if (accounts_.size() < 64 || accounts_.size() < 2 * turns_.size()) return;
  const double floor = turns_.empty() ? last_ : turns_.begin()->first;
  std::erase_if(accounts_, [&](const auto& entry) {
    return entry.second.use_count() == 1 && entry.second->used <= floor;
  });
}

}  // namespace hawser::actors
