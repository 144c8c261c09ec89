#include "simulation/simulated_guest.hpp"

#include "runtime/supervisor.hpp"

#include <stdexcept>
#include <utility>

namespace hawser::simulation {

using namespace std::chrono_literals;

std::vector<guest_plan> draw_guests(runtime::dice& chance) {
  std::vector<guest_plan> made;
  if (!chance.one_in(3)) return made;
  const std::uint32_t many = chance.between(1, 3);
  bool policy = false;
  for (std::uint32_t i = 0; i < many; ++i) {
    guest_plan one;
    one.requests = chance.one_in(2);
    one.answers = chance.one_in(2);
    one.admission = !policy && chance.one_in(3);
    policy = policy || one.admission;
    one.required = chance.one_in(4);
    one.deadline = std::chrono::milliseconds(chance.between(1, 200));
    if (chance.one_in(4)) one.metrics_every = std::chrono::milliseconds(chance.between(5, 500));
    one.refuses = chance.one_in(2) ? chance.between(1, 8) : 0;
    one.fails = chance.one_in(2) ? chance.between(1, 40) : 0;
    one.lags = chance.one_in(2) ? chance.between(1, 10) : 0;
    made.push_back(one);
  }
  return made;
}

simulated_guest::simulated_guest(runtime::home where, const guest_plan& plan,
                                 std::shared_ptr<guest_book> book)
    : actor(where), plan_(plan), book_(std::move(book)) {
  if (plan_.fails > 0 && book_->chance.one_in(10)) throw std::runtime_error("the guest cannot be made");
}

void simulated_guest::complain(actors::request_id id, const std::string& what) const {
  book_->complain("request " + std::to_string(id) + " " + what);
}

// Its verdicts are there before anybody gives up on them.
bool simulated_guest::reliable() const noexcept {
  return plan_.fails == 0 && plan_.lags == 0 && plan_.deadline >= 20ms;
}

void simulated_guest::fail_perhaps() {
  if (plan_.fails > 0 && book_->chance.one_in(plan_.fails)) throw std::runtime_error("the guest fails");
}

template <class Question, class Verdict>
void simulated_guest::answer(Question asked, Verdict what) {
  late_.push_back(after(book_->chance.below(static_cast<std::uint32_t>(plan_.deadline / 1us * 2)) * 1us,
                        [held = std::make_shared<Question>(std::move(asked)), what = std::move(what)] {
                          held->to.answer(what);
                        }));
}

void simulated_guest::on(embed::judge m) {
  const actors::request_id id = m.what->id;
  if (!book_->judged.insert(id).second) complain(id, "is judged twice");
  if (book_->ended.contains(id)) complain(id, "is judged after its end");
  fail_perhaps();
  embed::verdict said = embed::pass{};
  if (plan_.refuses > 0 && book_->chance.one_in(plan_.refuses)) {
    said = embed::refuse{"the guest does not like it", "prompt"};
  } else if (book_->chance.one_in(2)) {
    embed::change other{m.what->spec};
    other.spec.rank = actors::priority::batch;  // nothing that its answer shows
    said = std::move(other);
  }
  if (plan_.lags > 0 && book_->chance.one_in(plan_.lags)) return answer(std::move(m), std::move(said));
  if (reliable() && std::holds_alternative<embed::refuse>(said)) book_->refused.insert(id);
  m.to.answer(std::move(said));
}

void simulated_guest::on(embed::weigh m) {
  const actors::request_id id = m.what.id;
  if (!book_->weighed.insert(id).second) complain(id, "is weighed twice");
  if (book_->refused.contains(id)) complain(id, "is weighed after it was refused");
  fail_perhaps();
  embed::admission_verdict said = embed::by_default{};
  if (plan_.refuses > 0 && book_->chance.one_in(plan_.refuses)) {
    said = embed::turn_away{"the guest lets nobody in", 1s};
  } else if (book_->chance.one_in(2)) {
    said = embed::let_in{};
  }
  if (plan_.lags > 0 && book_->chance.one_in(plan_.lags)) return answer(std::move(m), std::move(said));
  if (reliable() && std::holds_alternative<embed::turn_away>(said)) book_->refused.insert(id);
  m.to.answer(std::move(said));
}

void simulated_guest::on(const embed::seen_text& m) {
  if (book_->refused.contains(m.id)) complain(m.id, "is answered though it was refused");
  if (book_->ended.contains(m.id)) complain(m.id, "is answered after its end");
  fail_perhaps();
}

void simulated_guest::on(const embed::seen_end& m) {
  if (!book_->ended.insert(m.id).second) complain(m.id, "ends twice");
  const bool without_harm = m.refused || m.why == actors::finish::cancelled;
  if (book_->refused.contains(m.id) && !without_harm) complain(m.id, "is answered though it was refused");
  fail_perhaps();
}

void simulated_guest::on(const embed::seen_metrics&) {
  fail_perhaps();
}

simulated_guests::simulated_guests(runtime::scheduler& by, const std::vector<guest_plan>& plans,
                                   runtime::dice chance,
                                   std::function<void(std::uint64_t, const std::string&)> complain)
    : by_(by) {
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const guest_plan& plan = plans[i];
    auto book = std::make_shared<guest_book>(guest_book{
        i, chance.fork(), [complain, i](const std::string& what) { complain(i, what); }, {}, {}, {}, {}});
    runtime::supervision tree(by_, {.name = "guest-supervisor", .limits = {.restarts = 3, .within = 5s}});
    auto where =
        tree.add_made<simulated_guest>({.name = "guest", .mailbox = 64}, [plan, book](runtime::home at) {
          return std::make_unique<simulated_guest>(at, plan, book);
        });
    guests_.push_back({"guest", where, plan.requests, plan.answers, plan.admission, plan.required,
                       std::chrono::duration_cast<std::chrono::milliseconds>(plan.deadline),
                       std::chrono::duration_cast<std::chrono::milliseconds>(plan.metrics_every)});
    try {
      tops_.push_back(std::move(tree).start());
    } catch (const std::runtime_error&) {
      guests_.pop_back();  // such a server would not start: this one has a guest less
    }
  }
}

actors::service simulated_guests::guard(actors::service core, std::size_t waiting) {
  if (guests_.empty()) return core;
  embed::gate_options options{.guests = guests_, .waiting = waiting};
  gate_ =
      runtime::spawn<embed::gate>(by_,
                                  {.name = "gate",
                                   .mailbox = static_cast<std::uint32_t>(waiting) * 4 + 1024,
                                   .watcher = [down = down_](const runtime::terminated&) { *down = true; }},
                                  std::move(options), core);
  core.ingress = gate_;
  return core;
}

void simulated_guests::stop() const {
  gate_.stop();
  for (const runtime::address<>& top : tops_) top.stop();
}

}  // namespace hawser::simulation
