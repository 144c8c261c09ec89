#include "embed/gate.hpp"

#include <type_traits>
#include <utility>

namespace hawser::embed {
namespace {

std::vector<gate_plan::guard> guards_among(const std::vector<gate_options::guest>& guests) {
  std::vector<gate_plan::guard> made;
  for (const auto& one : guests) {
    if (one.requests) made.push_back({one.name, one.required});
  }
  // Who decides on admission sees what the others made of the request, and is nobody to wait for: without its
  // verdict the server has one of its own.
  for (const auto& one : guests) {
    if (one.admission) made.push_back({.name = one.name, .admission = true});
  }
  return made;
}

admission_facts facts_of(const seen_request& what, const actors::load_facts& load, runtime::time_point now) {
  const auto* const text = std::get_if<actors::plain_prompt>(&what.spec.prompt);
  const auto* const tokens = std::get_if<actors::token_prompt>(&what.spec.prompt);
  constexpr std::size_t bytes_a_token = 4;
  admission_facts made;
  made.id = what.id;
  made.key = what.key;
  made.rank = what.spec.rank;
  made.returns = what.spec.returns;
  made.bytes = text != nullptr     ? text->text.size()
               : tokens != nullptr ? tokens->tokens.size() * bytes_a_token
                                   : what.spec.bytes;
  made.choices = what.spec.choices;
  made.max_tokens = what.spec.max_tokens;
  if (what.spec.deadline != runtime::time_point::max()) made.left = what.spec.deadline - now;
  made.load = load;
  return made;
}

}  // namespace

gate::gate(runtime::home where, gate_options options, actors::service core)
    : actor(where), guests_(std::move(options.guests)), plan_(guards_among(guests_), options.waiting),
      core_(std::move(core)), metrics_(guests_.size()) {
  for (std::size_t i = 0; i < guests_.size(); ++i) {
    if (guests_[i].requests) guards_.push_back(i);
    if (guests_[i].answers) answers_ = true;
    if (guests_[i].metrics_every.count() > 0) {
      metrics_[i] = after(guests_[i].metrics_every, [this, i] { show_metrics(i); });
    }
  }
  for (std::size_t i = 0; i < guests_.size(); ++i) {
    if (guests_[i].admission) guards_.push_back(i);
  }
}

void gate::on(actors::generate m) {
  obey(plan_.arrive(std::move(m), time().now()));
}

void gate::on(actors::cancel m) {
  const auto whom = plan_.cancel(m.id);
  if (!whom) {
    core_.ingress.notify(std::move(m));
    return;
  }
  actors::ended last{};
  last.id = m.id;
  last.why = actors::finish::cancelled;
  show(seen_end{.id = m.id, .why = last.why, .message = {}});
  whom->notify(std::move(last));
}

void gate::obey(gate_plan::step next) {
  if (auto* const what = std::get_if<gate_plan::ask>(&next)) return ask_guard(std::move(*what));
  if (auto* const what = std::get_if<gate_plan::forward>(&next)) return admit(std::move(what->what));
  auto& no = std::get<gate_plan::refusal>(next);
  say(no.whom, std::move(no.what));
}

void gate::ask_guard(gate_plan::ask what) {
  if (what.admission) return ask_policy(what);
  const gate_options::guest& whom = guests_[guards_[what.whom]];
  const actors::request_id id = what.what->id;
  ask(whom.whom, judge{{}, std::move(what.what)}, whom.deadline,
      [this, id, guard = what.whom](boost::system::error_code ec, verdict said) {
        if (ec) return missed(id, guard, ec);
        if (auto next = plan_.answered(id, guard, std::move(said), time().now())) obey(std::move(*next));
      });
}

void gate::ask_policy(const gate_plan::ask& what) {
  const gate_options::guest& whom = guests_[guards_[what.whom]];
  const actors::request_id id = what.what->id;
  ask(whom.whom, weigh{{}, facts_of(*what.what, core_.load->read(), time().now())}, whom.deadline,
      [this, id, guard = what.whom](boost::system::error_code ec, admission_verdict said) {
        if (ec) return missed(id, guard, ec);
        if (auto next = plan_.decided(id, guard, std::move(said), time().now())) obey(std::move(*next));
      });
}

void gate::missed(actors::request_id id, std::size_t guard, boost::system::error_code why) {
  const auto kind = why == runtime::errc::late ? no_verdict::late : no_verdict::failed;
  if (auto next = plan_.missed(id, guard, kind, time().now())) obey(std::move(*next));
}

void gate::admit(actors::generate what) {
  const actors::request_id id = what.id;
  const actors::generation_listener whom = what.listener;
  if (answers_) {
    watched_.emplace(id, whom);
    what.listener = self();
  }
  const runtime::told told = core_.ingress.tell(std::move(what));
  if (told == runtime::told::accepted) return;
  watched_.erase(id);
  actors::refused no{};
  no.id = id;
  const bool full = told == runtime::told::full;
  no.why = full ? actors::refusal::overloaded : actors::refusal::stopping;
  no.message = full ? "too many requests are waiting" : "the server is stopping";
  no.retry_after = std::chrono::seconds(full ? 1 : 5);
  say(whom, std::move(no));
}

void gate::say(const actors::generation_listener& whom, actors::refused what) {
  show(seen_end{.id = what.id, .refused = true, .message = what.message});
  whom.notify(std::move(what));
}

// A guest whose mailbox is full misses it: the cell counts what it refused.
template <class Seen>
void gate::show(const Seen& what) {
  if (!answers_) return;
  for (const auto& one : guests_) {
    if (one.answers) (void)one.whom.tell(Seen(what));
  }
}

void gate::show_metrics(std::size_t whom) {
  ask(core_.telemetry, actors::scrape{}, guests_[whom].metrics_every,
      [this, whom](boost::system::error_code ec, std::string page) {
        metrics_[whom] = after(guests_[whom].metrics_every, [this, whom] { show_metrics(whom); });
        if (!ec)
          (void)guests_[whom].whom.tell(seen_metrics{std::make_shared<const std::string>(std::move(page))});
      });
}

void gate::on(actors::refused m) {
  auto whom = watched_.extract(m.id);
  if (!whom.empty()) say(whom.mapped(), std::move(m));
}

void gate::on(actors::admitted m) {
  const auto found = watched_.find(m.id);
  if (found != watched_.end()) found->second.notify(std::move(m));
}

void gate::on(actors::generated m) {
  const auto found = watched_.find(m.id);
  if (found == watched_.end()) return;
  if (!m.of_prompt) {
    seen_text seen{.id = m.id, .choice = m.choice, .text = {}, .tokens = 0};
    for (const auto& token : m.tokens) seen.text += token.text;
    seen.tokens = static_cast<std::uint32_t>(m.tokens.size());
    show(seen);
  }
  found->second.notify(std::move(m));
}

void gate::on(actors::choice_ended m) {
  const auto found = watched_.find(m.id);
  if (found == watched_.end()) return;
  if (!m.end.rest.empty()) show(seen_text{.id = m.id, .choice = m.choice, .text = m.end.rest, .tokens = 0});
  found->second.notify(std::move(m));
}

void gate::on(actors::ended m) {
  auto whom = watched_.extract(m.id);
  if (whom.empty()) return;
  show(seen_end{.id = m.id,
                .refused = false,
                .why = m.why,
                .message = m.message,
                .prompt_tokens = m.prompt_tokens,
                .answer_tokens = m.answer_tokens});
  whom.mapped().notify(std::move(m));
}

void gate::on_stop() {
  for (auto& one : plan_.close()) say(one.whom, std::move(one.what));
  close();
}

}  // namespace hawser::embed
