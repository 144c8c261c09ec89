// Who hears what, and when it is too much at once.
#include "actors/result_flight.hpp"

#include <utility>

namespace hawser::actors {

void result_plan::wake(reader& one) {
  if (one.held || one.late || std::exchange(one.queued, true)) return;
  ready_.push_back(one.tale.id());
}

bool result_plan::turn(result_listener& by, runtime::time_point now, bool late) {
  if (late) {
    for (const request_id id : std::exchange(late_, {})) {
      const auto found = readers_.find(id);
      if (found == readers_.end() || !std::exchange(found->second->late, false)) continue;
      wake(*found->second);
    }
  }
  for (const request_id id : std::exchange(ready_, {})) {
    const auto found = readers_.find(id);
    if (found == readers_.end() || !std::exchange(found->second->queued, false)) continue;
    if (found->second->held) continue;
    const flight_ptr in = found->second->in;
    serve(*found->second, by, now);
    // The computing may have waited for him.
    if (in && in->held && !in->tape->last()) trim(*in);
  }
  for (auto& [whom, letters] : std::exchange(last_words_, {})) {
    for (answer_event& letter : letters) (void)by.take(whom, letter);
  }
  for (auto& [whom, no] : std::exchange(refusals_, {})) by.refuse(whom, std::move(no));
  return !late_.empty();
}

void result_plan::serve(reader& one, result_listener& by, runtime::time_point now) {
  const std::size_t begun_at = one.tale.at();
  for (std::uint32_t i = 0; i < limits_.events_a_turn; ++i) {
    answer_event* const letter = one.tale.next(now);
    if (letter == nullptr) return;
    const runtime::told told = by.take(one.whom, *letter);
    if (told == runtime::told::closed) return leave(one, "the reader went away", now);
    if (told == runtime::told::full) {
      if (!one.full_since) one.full_since = now;
      if (now - *one.full_since >= limits_.patience) return leave(one, "the reader is too slow", now);
      break;
    }
    one.full_since.reset();
    one.tale.took(now);
    if (one.tale.is_over()) return remove(one);
    if (one.tale.at() - begun_at >= limits_.bytes_a_turn) break;
  }
  if (one.tale.next(now) == nullptr) return;
  one.late = true;
  late_.push_back(one.tale.id());
}

void result_plan::cut(reader& one, finish why, const std::string& message, runtime::time_point now) {
  last_words_.emplace_back(one.whom, one.tale.cut(why, message, now));
  remove(one);
}

void result_plan::remove(reader& one) {
  const request_id id = one.tale.id();
  deadlines_.erase({one.deadline, id});
  if (one.in) {
    one.in->readers.erase(id);
    if (one.held) --one.in->held_readers;
  }
  readers_.erase(id);
}

void result_plan::close(result_listener& by, runtime::time_point now) {
  std::vector<request_id> all;
  for (const auto& [id, one] : readers_) all.push_back(id);
  for (const request_id id : all) {
    reader& one = *readers_.at(id);
    while (answer_event* const letter = one.tale.next(now)) {
      if (one.held || by.take(one.whom, *letter) != runtime::told::accepted) break;
      one.tale.took(now);
      if (one.tale.is_over()) break;
    }
    if (one.tale.is_over()) {
      remove(one);
    } else {
      cut(one, finish::cancelled, "the server is stopping", now);
    }
  }
  turn(by, now, false);
}

}  // namespace hawser::actors
