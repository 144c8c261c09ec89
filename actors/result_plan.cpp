#include "actors/result_flight.hpp"

#include <algorithm>
#include <new>

namespace hawser::actors {

namespace {

constexpr double ratio_window = 256;

// Whether somebody who joins it is served no worse than by a computation of his own.
template <class Flight>
bool is_good_enough(const Flight& one, const generation_spec& spec) {
  if (spec.rank < one.rank) return false;
  const auto stricter = [](runtime::duration wish, runtime::duration has) {
    return wish > runtime::duration{} && (has <= runtime::duration{} || wish < has);
  };
  if (!one.begun && stricter(spec.first_token_within, one.first_token_within)) return false;
  return !stricter(spec.token_within, one.token_within);
}

// The same request would meet the same, whoever asks.
bool is_final(refusal why) noexcept {
  return why != refusal::overloaded && why != refusal::over_quota && why != refusal::late;
}

}  // namespace

result_plan::result_plan(result_limits limits, std::unique_ptr<result_store> store)
    : limits_(limits), most_(limits.bytes),
      store_(store ? std::move(store) : std::make_unique<memory_store>(limits.time_to_live)) {}

result_plan::~result_plan() = default;

std::optional<std::string> result_plan::question_for(const generate& what) const {
  if (limits_.bytes == 0 || world_.empty() || what.spec.forget || !is_repeatable(what.spec))
    return std::nullopt;
  const std::string_view tenant = limits_.share_tenants ? std::string_view() : std::string_view(what.key);
  try {
    return question_of(what.spec, world_, tenant, std::min(limits_.largest, limits_.bytes) / 2);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

// What is being made goes on for those who read it, and is not remembered where there is no room.
void result_plan::fit(std::size_t bytes) {
  limits_.bytes = std::min(most_, bytes);
  (void)make_room(0);
}

bool result_plan::make_room(std::size_t bytes) {
  while (bytes_ + bytes > limits_.bytes) {
    if (!store_->give_back()) return false;
    ++tally_.evicted;
  }
  return true;
}

bool result_plan::arrive(generate& what, runtime::time_point now) {
  // Ingress says what is wrong with an id that is taken.
  if (readers_.contains(what.id) || asked_.contains(what.id)) return false;
  auto question = question_for(what);
  if (!question) {
    ++tally_.bypassed;
    return false;
  }
  const page_hash name = hash_bytes(limits_.secret, *question);
  const bool answered = !what.spec.fresh && answer_at_once(what, name, *question, now);
  hit_ratio_ += ((answered ? 1.0 : 0.0) - hit_ratio_) / ratio_window;
  if (answered) return true;
  ++tally_.misses;
  if (!make_room(2 * question->size())) return false;
  lead(what, name, std::move(*question), now);
  return true;
}

bool result_plan::answer_at_once(generate& what, const page_hash& name, std::string_view question,
                                 runtime::time_point now) {
  if (auto known = store_->find(name, question, now)) {
    ++tally_.hits;
    wake(add_reader(what, answer_source::stored, std::move(known), nullptr, now));
    return true;
  }
  const auto found = open_.find(name);
  if (found == open_.end()) return false;
  const flight_ptr one = found->second;
  if (one->tape->question() != question || !is_good_enough(*one, what.spec)) return false;
  // Until the answer begins, the question is kept for each who may have to ask it himself.
  if (!one->begun && !make_room(question.size())) return false;
  ++tally_.shared;
  join(what, one, now);
  return true;
}

result_plan::reader& result_plan::add_reader(const generate& what, answer_source from,
                                             std::shared_ptr<const recording> tape, flight_ptr in,
                                             runtime::time_point now) {
  auto made = std::make_unique<reader>(answer_reader(what.id, what.spec.choices, from, std::move(tape), now),
                                       what.listener, bytes_);
  reader& one = *readers_.emplace(what.id, std::move(made)).first->second;
  one.in = std::move(in);
  if (!one.in) return one;
  one.in->readers.insert(what.id);
  one.deadline = what.spec.deadline;
  if (one.deadline != runtime::time_point::max()) deadlines_.emplace(one.deadline, what.id);
  return one;
}

void result_plan::join(generate& what, const flight_ptr& in, runtime::time_point now) {
  reader& one = add_reader(what, answer_source::shared, in->tape, in, now);
  if (in->asked != 0 && one.deadline > in->deadline) {
    in->deadline = one.deadline;
    orders_.emplace_back(postpone{in->asked, in->deadline});
  }
  if (!in->begun) {
    one.charge.set(in->tape->question().size());
    one.waiting = std::make_unique<generate>(std::move(what));
  }
  wake(one);
  balance(*in);
}

void result_plan::lead(generate& what, const page_hash& name, std::string question, runtime::time_point now) {
  const auto one = std::make_shared<flight>(std::make_shared<recording>(bytes_, std::move(question)));
  one->name = name;
  one->choices = what.spec.choices;
  one->rank = what.spec.rank;
  one->first_token_within = what.spec.first_token_within;
  one->token_within = what.spec.token_within;
  const bool fresh = what.spec.fresh;
  reader& asker = add_reader(what, answer_source::computed, one->tape, one, now);
  asker.waiting = std::make_unique<generate>(std::move(what));
  // The one before is not good enough for all; it goes on for those whom it has.
  if (const auto before = open_.find(name); before != open_.end()) unlist(*before->second);
  open_.emplace(name, one);
  one->listed = true;
  if (limits_.far && !fresh) return look(one, now);
  ask_for(one, asker);
}

void result_plan::ask_for(const flight_ptr& one, reader& asker) {
  const auto letter = std::move(asker.waiting);
  asker.charge.set(0);
  asker.tale.asks();
  const generation_spec& spec = letter->spec;
  one->asked = letter->id;
  one->rank = spec.rank;
  one->first_token_within = spec.first_token_within;
  one->token_within = spec.token_within;
  one->deadline = spec.deadline;
  asked_.emplace(one->asked, one);
  letter->listener = {};
  orders_.emplace_back(std::move(*letter));
  for (const request_id id : one->readers) one->deadline = std::max(one->deadline, readers_.at(id)->deadline);
  if (one->deadline > asker.deadline) orders_.emplace_back(postpone{one->asked, one->deadline});
  one->held = false;
  balance(*one);
}

// The next in line asks for himself, as if he had come first. False: there is nobody.
bool result_plan::ask_again(const flight_ptr& one, runtime::time_point now) {
  for (const request_id id : one->readers) {
    reader& next = *readers_.at(id);
    if (!next.waiting || next.deadline <= now) continue;
    ask_for(one, next);
    return true;
  }
  return false;
}

void result_plan::unlist(flight& one) {
  if (std::exchange(one.listed, false)) open_.erase(one.name);
}

// Nobody listens any more.
void result_plan::abandon(flight& one) {
  unlist(one);
  if (one.look != 0) looking_.erase(std::exchange(one.look, 0));
  if (one.asked == 0) return;
  if (!std::exchange(one.dying, true)) orders_.emplace_back(actors::cancel{one.asked});
}

void result_plan::cancel(request_id id, runtime::time_point now) {
  const auto found = readers_.find(id);
  if (found != readers_.end()) return leave(*found->second, {}, now);
  // Others may listen to what he asked for.
  if (!asked_.contains(id)) orders_.emplace_back(actors::cancel{id});
}

void result_plan::leave(reader& one, const std::string& message, runtime::time_point now) {
  const flight_ptr in = one.in;
  if (!in || in->tape->last() || in->readers.size() > 1) {
    cut(one, finish::cancelled, message, now);
    if (in && !in->tape->last()) balance(*in);
    return;
  }
  // The last one: he hears the end when the computing has ended, if it has begun.
  if (in->asked == 0) {
    cut(one, finish::cancelled, message, now);
  } else {
    deadlines_.erase({one.deadline, one.tale.id()});
  }
  abandon(*in);
}

void result_plan::hold(request_id id, bool held) {
  const auto found = readers_.find(id);
  if (found == readers_.end()) {
    if (!asked_.contains(id)) orders_.emplace_back(actors::hold{id, held});
    return;
  }
  reader& one = *found->second;
  if (std::exchange(one.held, held) == held) return;
  if (!held) wake(one);
  if (!one.in) return;
  one.in->held_readers += held ? 1 : std::size_t(-1);
  balance(*one.in);
}

void result_plan::on(const admitted& event) {
  const auto found = asked_.find(event.id);
  if (found == asked_.end()) return;
  found->second->begun = true;
  for (const request_id id : found->second->readers) {
    reader& one = *readers_.at(id);
    one.waiting.reset();
    one.charge.set(0);
  }
  record(event);
}

void result_plan::on(const generated& event) {
  record(event);
}

void result_plan::on(const choice_ended& event) {
  record(event);
}

template <class Event>
void result_plan::record(const Event& event) {
  const auto found = asked_.find(event.id);
  if (found == asked_.end() || found->second->dying) return;
  flight& one = *found->second;
  try {
    one.tape->add(event);
  } catch (const std::bad_alloc&) {
    // Without this event nobody can hear the rest.
    one.out_of_memory = true;
    return abandon(one);
  }
  trim(one);
  for (const request_id id : one.readers) wake(*readers_.at(id));
}

// What is too large to be remembered is kept only for those who have not read it.
void result_plan::trim(flight& one) {
  recording& tape = *one.tape;
  if (tape.is_whole() && tape.bytes() <= limits_.largest && make_room(0)) return;
  unlist(one);
  one.remember = false;
  std::size_t read = tape.end();
  for (const request_id id : one.readers) read = std::min(read, readers_.at(id)->tale.at());
  tape.forget_before(read);
  balance(one);
}

// The computing waits when all its readers do, or when the slowest of them would need too much memory.
void result_plan::balance(flight& one) {
  if (one.dying || one.tape->last() || one.asked == 0) return;
  const bool none_reads = !one.readers.empty() && one.held_readers == one.readers.size();
  const bool too_much = !one.tape->is_whole() && one.tape->end() - one.tape->begin() > limits_.largest;
  const bool wanted = none_reads || too_much;
  if (std::exchange(one.held, wanted) != wanted) orders_.emplace_back(actors::hold{one.asked, wanted});
}

void result_plan::on(const refused& event, runtime::time_point now) {
  const auto found = asked_.find(event.id);
  if (found == asked_.end()) return;
  const flight_ptr one = found->second;
  asked_.erase(found);
  const auto tell = [&](reader& whom) {
    refused no = event;
    no.id = whom.tale.id();
    refusals_.emplace_back(whom.whom, std::move(no));
    remove(whom);
  };
  if (const auto asker = readers_.find(event.id); asker != readers_.end()) tell(*asker->second);
  if (!is_final(event.why) && ask_again(one, now)) return;
  unlist(*one);
  while (!one->readers.empty()) tell(*readers_.at(*one->readers.begin()));
}

void result_plan::on(const ended& event, runtime::time_point now) {
  const auto found = asked_.find(event.id);
  if (found == asked_.end()) return;
  const flight_ptr one = found->second;
  asked_.erase(found);
  if (event.why == finish::deadline && !one->begun && !one->dying) {
    // The asker's time was over; others may have more.
    if (const auto asker = readers_.find(event.id); asker != readers_.end())
      cut(*asker->second, event.why, event.message, now);
    if (ask_again(one, now)) return;
  }
  unlist(*one);
  const bool good = event.why == finish::stop || event.why == finish::length;
  one->tape->close(event);
  if (good && one->remember && !one->dying && one->tape->is_whole()) {
    if (!limits_.far_alone) store_->keep(one->name, one->tape, now);
    keep_far(*one, event);
    ++tally_.stored;
    (void)make_room(0);
  }
  for (const request_id id : std::vector(one->readers.begin(), one->readers.end())) {
    reader& whom = *readers_.at(id);
    deadlines_.erase({whom.deadline, id});
    if (one->out_of_memory) {
      cut(whom, finish::error, "there is not enough memory for this answer now", now);
    } else if (one->dying) {
      cut(whom, event.why, event.message, now);
    } else {
      wake(whom);
    }
  }
}

void result_plan::expire(runtime::time_point now) {
  give_up_looking(now);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    reader& one = *readers_.at(deadlines_.begin()->second);
    deadlines_.erase(deadlines_.begin());
    const flight_ptr in = one.in;
    // Then the batcher ends it, in its way.
    if (one.deadline == in->deadline) continue;
    cut(one, finish::deadline, "its time was over: this is what had been said", now);
    if (in->readers.empty()) {
      abandon(*in);
    } else {
      balance(*in);
    }
  }
  tally_.expired += store_->expire(now);
}

std::optional<runtime::time_point> result_plan::next_expiry() const {
  auto next = store_->next_expiry();
  if (!deadlines_.empty())
    next = std::min(next.value_or(runtime::time_point::max()), deadlines_.begin()->first);
  if (!looking_.empty())
    next = std::min(next.value_or(runtime::time_point::max()), looking_.begin()->second->look_until);
  return next;
}

std::size_t result_plan::purge(std::optional<std::string_view> tenant) {
  for (const auto& [id, one] : asked_) {
    if (tenant && tenant_of(one->tape->question()) != *tenant) continue;
    one->remember = false;
    unlist(*one);
  }
  for (const auto& [number, one] : looking_) {
    if (tenant && tenant_of(one->tape->question()) != *tenant) continue;
    one->remember = false;  // what is found now is of before
    unlist(*one);
  }
  if (limits_.far) orders_.emplace_back(far_forget{std::string(tenant.value_or("")), !tenant});
  const std::size_t gone = store_->purge(tenant);
  tally_.purged += gone;
  return gone;
}

result_tally result_plan::take_tally() noexcept {
  tally_.bytes = bytes_;
  tally_.answers = store_->size();
  tally_.computing = asked_.size();
  tally_.hit_ratio = hit_ratio_;
  return std::exchange(tally_, {});
}

}  // namespace hawser::actors
