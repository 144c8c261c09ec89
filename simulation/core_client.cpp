#include "simulation/core_client.hpp"

#include "actors/question.hpp"

#include "simulation/byte_tokenizer.hpp"
#include "simulation/simulated_backend.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace hawser::simulation {
namespace {

void ask_for_embedding(core_question& q, runtime::dice& chance, const std::string& text) {
  q.spec.embed = chance.one_in(2) ? actors::pooling::mean : actors::pooling::last;
  q.spec.max_tokens = q.spec.choices = 1;
  q.answers = {foreseen_answer{.text = {}, .tokens = {}, .stops = true}};
  const std::vector<model::token_id> tokens = bytes(text);
  const std::size_t first = q.spec.embed == actors::pooling::last ? tokens.size() - 1 : 0;
  simulated_states all;
  all.add(std::span(tokens).subspan(first), static_cast<std::uint32_t>(first));
  q.embedding = all.mean();
}

}  // namespace

core_question draw_core_question(runtime::dice& chance, const model_facts& model) {
  core_question q;
  std::string text;
  const std::uint32_t length = chance.between(1, std::max(2u, model.context - 2));
  const bool plain = chance.one_in(3);  // a beginning that others have too
  while (text.size() < length) text += plain ? 'k' : static_cast<char>('a' + chance.below(26));
  q.spec.prompt = actors::plain_prompt{text};
  q.spec.sampling.seed = chance.below(4);
  q.spec.seeded = true;
  q.spec.max_tokens = chance.between(1, 40);
  q.spec.choices = chance.one_in(4) ? chance.between(2, 4) : 1;
  q.spec.rank = static_cast<actors::priority>(chance.below(3));
  q.spec.ignore_end = chance.one_in(3);
  if (chance.one_in(4)) q.spec.stop.emplace_back(1, static_cast<char>('a' + chance.below(26)));
  if (chance.one_in(8)) q.spec.echo_logprobs = true;
  if (q.spec.echo_logprobs) q.spec.sampling.top_logprobs = 1;
  const std::uint32_t most = std::min(q.spec.max_tokens, model.context - length);
  for (std::uint32_t i = 0; i < q.spec.choices; ++i) {
    q.answers.push_back(foresee(bytes(text), q.spec.sampling.seed + i,
                                {most, model.end_every, q.spec.ignore_end, q.spec.stop}));
  }
  if (!q.spec.echo_logprobs && chance.one_in(6)) ask_for_embedding(q, chance, text);
  q.asked_after = std::chrono::microseconds(chance.below(chance.one_in(2) ? 1000 : 300'000));
  // At once, before the prompt is even read; or when it runs.
  if (chance.one_in(2)) {
    q.cancelled_after = chance.one_in(2) ? std::chrono::nanoseconds(chance.between(1, 10'000))
                                         : std::chrono::microseconds(chance.between(1, 60'000));
  }
  return q;
}

std::uint32_t core_client_state::open() const noexcept {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(all, [](const auto& each) { return !each.second.over; }));
}

core_client::core_client(runtime::home where, client_host& world, std::uint64_t number, actors::service core,
                         core_client_plan plan, core_client_state& state)
    : actor(where), world_(world), number_(number), core_(std::move(core)), plan_(std::move(plan)),
      state_(state) {
  state_.to_ask = static_cast<std::uint32_t>(plan_.questions.size());
}

void core_client::complain(actors::request_id id, const std::string& what) {
  world_.complain("core client", number_, "request " + std::to_string(id) + ": " + what);
}

void core_client::on(begin_asking) {
  for (std::uint32_t i = 0; i < plan_.questions.size(); ++i)
    timers_.push_back(after(plan_.questions[i].asked_after, [this, i] { ask_it(i); }));
}

void core_client::ask_it(std::uint32_t number) {
  --state_.to_ask;
  core_question& q = plan_.questions[number];
  const actors::request_id id = core_.ids->next();
  world_.log().say("core client", number_, "asks request " + std::to_string(id));
  ++world_.tally().asked;
  auto& one = state_.all[id];
  one.question = number;
  one.asked = time().now();
  one.texts.resize(q.spec.choices);
  one.ended.resize(q.spec.choices);
  const bool remembered = q.spec.embed == actors::pooling::none;
  one.first =
      !remembered || world_.asks_first(q.key, actors::question_of(q.spec, "w", q.key, 1u << 20u).value());
  const auto told = core_.ingress.tell(actors::generate{id, {}, q.key, q.spec, self()});
  if (told != runtime::told::accepted) {
    const bool explained = told == runtime::told::closed && world_.since(one.asked).stopping;
    if (told == runtime::told::closed && !explained) complain(id, "is refused by a door that should be open");
    return end(id, one, "is not taken");
  }
  if (q.cancelled_after > runtime::duration::zero()) {
    timers_.push_back(after(q.cancelled_after, [this, id] {
      world_.log().say("core client", number_, "cancels request " + std::to_string(id));
      core_.ingress.notify(actors::cancel{id});
    }));
  }
}

core_client_state::one* core_client::find(actors::request_id id, const char* what) {
  const auto found = state_.all.find(id);
  if (found == state_.all.end()) {
    complain(id, std::string("gets ") + what + ", but nobody asked for it");
    return nullptr;
  }
  if (found->second.over) {
    complain(id, std::string("gets ") + what + " after its terminal event");
    return nullptr;
  }
  return &found->second;
}

void core_client::end(actors::request_id id, core_client_state::one& one, const std::string& how) {
  one.over = true;
  world_.log().say("core client", number_, "request " + std::to_string(id) + " " + how);
  if (time().now() - one.asked > world_.patience()) complain(id, "waited too long for its terminal event");
}

void core_client::on(const actors::refused& m) {
  auto* const one = find(m.id, "refused");
  if (one == nullptr) return;
  if (one->admitted) complain(m.id, "is refused after it was admitted");
  const circumstances when = world_.since(one->asked);
  const bool explained =
      m.why == actors::refusal::overloaded || m.why == actors::refusal::over_quota ||
      (m.why == actors::refusal::stopping && when.stopping) ||
      ((m.why == actors::refusal::invalid || m.why == actors::refusal::not_ready) && when.guarded) ||
      (m.why == actors::refusal::not_ready && (when.unready || when.faulty || when.stopping));
  if (!explained) complain(m.id, "is refused without a reason of the world's: " + m.message);
  ++world_.tally().refused;
  end(m.id, *one, "is refused");
}

void core_client::on(const actors::admitted& m) {
  auto* const one = find(m.id, "admitted");
  if (one == nullptr) return;
  if (std::exchange(one->admitted, true)) complain(m.id, "is admitted twice");
  const actors::generation_spec& spec = plan_.questions[one->question].spec;
  if (m.from == actors::answer_source::computed) return;
  if (one->first) complain(m.id, "gets an answer that its key never asked for");
  if (spec.forget || (spec.fresh && m.from == actors::answer_source::stored))
    complain(m.id, "gets a remembered answer against its will");
}

void core_client::on(const actors::generated& m) {
  auto* const one = find(m.id, "generated");
  if (one == nullptr) return;
  if (!one->admitted) complain(m.id, "gets tokens before it is admitted");
  if (m.choice >= one->texts.size() || one->ended[m.choice])
    return complain(m.id, "gets tokens of a choice that is over");
  if (m.of_prompt) return;
  for (const actors::generated_token& token : m.tokens) one->texts[m.choice] += token.text;
}

void core_client::on(const actors::choice_ended& m) {
  auto* const one = find(m.id, "choice_ended");
  if (one == nullptr) return;
  if (m.choice >= one->texts.size() || one->ended[m.choice])
    return complain(m.id, "has a choice that ends twice");
  one->ended[m.choice] = true;
  std::string& text = one->texts[m.choice];
  text += m.end.rest;
  const foreseen_answer& expected = plan_.questions[one->question].answers[m.choice];
  const bool whole = m.end.why == actors::finish::stop || m.end.why == actors::finish::length;
  const bool right = whole ? text == expected.text && (m.end.why == actors::finish::stop) == expected.stops
                           : expected.text.starts_with(text);
  if (whole && m.end.embedding != plan_.questions[one->question].embedding)
    complain(m.id, "gets an embedding that is not of its prompt");
  if (!right) complain(m.id, "is told \"" + text + "\", not \"" + expected.text + "\"");
}

bool core_client::excused(const core_client_state::one& one, actors::finish why) const {
  const circumstances when = world_.since(one.asked);
  const core_question& q = plan_.questions[one.question];
  if (why == actors::finish::stop || why == actors::finish::length) return true;
  if (why == actors::finish::error) return when.faulty;
  // One whose mailbox is small may be found too slow.
  return why == actors::finish::cancelled &&
         (q.cancelled_after > runtime::duration::zero() || when.stopping || plan_.mailbox < 64);
}

void core_client::on(const actors::ended& m) {
  auto* const one = find(m.id, "ended");
  if (one == nullptr) return;
  const bool whole = m.why == actors::finish::stop || m.why == actors::finish::length;
  if (!excused(*one, m.why)) complain(m.id, "ends for no reason: " + m.message);
  if (whole && (!one->admitted || !std::ranges::all_of(one->ended, [](bool b) { return b; })))
    complain(m.id, "ends before all of its choices");
  if (whole) ++world_.tally().generated;
  ++world_.tally().answered;
  end(m.id, *one, "ends");
}

}  // namespace hawser::simulation
