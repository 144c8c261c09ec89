// The second tier: asked before anything is computed, and told what was.
#include "actors/result_flight.hpp"

#include <string>
#include <utility>

namespace hawser::actors {

void result_plan::look(const flight_ptr& one, runtime::time_point now) {
  one->look = ++looks_;
  one->look_until = now + limits_.far_patience;
  // Nobody has been asked who would end them in time.
  one->deadline = runtime::time_point::min();
  looking_.emplace(one->look, one);
  const std::string& question = one->tape->question();
  orders_.emplace_back(far_look{one->look, std::string(tenant_of(question)), question});
}

void result_plan::found(const far_found& what, runtime::time_point now) {
  const auto at = looking_.find(what.number);
  if (at == looking_.end()) return;
  const flight_ptr one = std::move(at->second);
  looking_.erase(at);
  one->look = 0;
  far_outcome how = what.how;
  // It may be of before a purge.
  if (how == far_outcome::hit && !one->remember) how = far_outcome::miss;
  if (how == far_outcome::hit && !is_whole_answer(what.answer, one->choices)) how = far_outcome::rejected;
  ++tally_.far[static_cast<std::size_t>(how)];
  const bool good = how == far_outcome::hit;
  if (good && play(*one, what.answer, now)) return;
  // Those whose time is over are ended by expire().
  (void)ask_again(one, now);
}

// As if it had been computed now. False: there is no memory for it, and nobody has heard of it.
bool result_plan::play(flight& one, std::string_view answer, runtime::time_point now) {
  std::optional<ended> last;
  try {
    const auto write = [&](const auto& event) {
      if constexpr (std::is_same_v<std::decay_t<decltype(event)>, ended>) {
        last = event;
      } else {
        one.tape->add(event);
      }
    };
    for (std::size_t at = 0; const auto event = read_event(answer, at);) std::visit(write, *event);
  } catch (const std::bad_alloc&) {
    return false;
  }
  one.begun = true;
  one.tape->close(*last);
  unlist(one);
  if (!limits_.far_alone && one.tape->bytes() <= limits_.largest) {
    store_->keep(one.name, one.tape, now);
    (void)make_room(0);
  }
  for (const request_id id : one.readers) {
    reader& whom = *readers_.at(id);
    whom.waiting.reset();
    whom.charge.set(0);
    whom.tale.finds();
    deadlines_.erase({whom.deadline, id});
    wake(whom);
  }
  return true;
}

void result_plan::keep_far(const flight& one, const ended& last) {
  if (!limits_.far) return;
  std::string answer;
  try {
    answer = one.tape->tape();
    write_event(answer, last);
    const std::string& question = one.tape->question();
    orders_.emplace_back(far_keep{std::string(tenant_of(question)), question, std::move(answer)});
  } catch (const std::bad_alloc&) {
    return;  // then others compute it, too
  }
}

void result_plan::give_up_looking(runtime::time_point now) {
  // They were begun in this order, with the same patience.
  while (!looking_.empty() && looking_.begin()->second->look_until <= now)
    found({looking_.begin()->first, far_outcome::late}, now);
}

}  // namespace hawser::actors
