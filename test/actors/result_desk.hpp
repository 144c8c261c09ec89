/// A result plan, an Ingress that does what the test says, and readers who note what they hear.
#pragma once

#include "actors/result_plan.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hawser::actors {

struct result_desk final : result_listener {
  explicit result_desk(result_limits limits = {}) : plan(limits) { plan.know_world("model"); }

  struct heard {
    std::string text;
    std::vector<answer_event> events;
    std::vector<refused> refusals;

    template <class Event>
    [[nodiscard]] std::vector<Event> all() const {
      std::vector<Event> found;
      for (const answer_event& one : events) {
        if (const auto* const event = std::get_if<Event>(&one)) found.push_back(*event);
      }
      return found;
    }
    [[nodiscard]] std::size_t ends() const { return all<ended>().size() + refusals.size(); }
  };

  static generate request(request_id id, std::string text, std::string key = {}) {
    generate made;
    made.id = id;
    made.key = std::move(key);
    made.spec.prompt = plain_prompt{std::move(text)};
    made.spec.max_tokens = 16;
    return made;
  }

  bool ask(generate what) { return plan.arrive(what, now); }
  bool ask(request_id id, std::string text, std::string key = {}) {
    return ask(request(id, std::move(text), std::move(key)));
  }

  /// The orders since the last look, of one kind.
  template <class Order>
  std::vector<Order> take() {
    std::vector<Order> found;
    for (auto at = plan.orders().begin(); at != plan.orders().end();) {
      if (auto* const one = std::get_if<Order>(&*at)) {
        found.push_back(std::move(*one));
        at = plan.orders().erase(at);
      } else {
        ++at;
      }
    }
    return found;
  }

  void admit(request_id id) { plan.on(admitted{.id = id, .prompt_tokens = 5, .cached_tokens = 2}); }
  void say(request_id id, std::string text, std::uint32_t choice = 0) {
    generated one{.id = id, .choice = choice, .of_prompt = false, .tokens = {}};
    one.tokens.push_back(
        {.id = 1, .text = std::move(text), .piece = {}, .logprob = 0, .top = {}, .top_pieces = {}});
    plan.on(one);
  }
  void end(request_id id, finish why = finish::stop, std::uint32_t choices = 1) {
    for (std::uint32_t i = 0; i < choices; ++i)
      plan.on(choice_ended{.id = id, .choice = i, .end = {why, "", "", 2}});
    ended last;
    last.id = id;
    last.why = why;
    last.prompt_tokens = 5;
    last.cached_tokens = 2;
    last.answer_tokens = 2;
    last.times.prefill = std::chrono::milliseconds(3);
    plan.on(last, now);
  }
  void answer(request_id id) {
    admit(id);
    say(id, "to ");
    say(id, "be");
    end(id);
  }
  bool turn(bool late = false) { return plan.turn(*this, now, late); }
  void turns() {
    turn();
    while (turn(true)) now += std::chrono::milliseconds(1);
  }

  runtime::told take(const generation_listener&, answer_event& letter) override {
    const request_id id = std::visit([](const auto& event) { return event.id; }, letter);
    if (std::holds_alternative<generated>(letter) && full) return runtime::told::full;
    if (gone.contains(id)) return runtime::told::closed;
    if (const auto* const event = std::get_if<generated>(&letter)) {
      for (const generated_token& token : event->tokens) of[id].text += token.text;
    }
    of[id].events.push_back(std::move(letter));
    return runtime::told::accepted;
  }
  void refuse(const generation_listener&, refused no) override {
    of[no.id].refusals.push_back(std::move(no));
  }

  result_plan plan;
  runtime::time_point now{};
  std::map<request_id, heard> of;
  std::set<request_id> gone;
  bool full = false;
};

}  // namespace hawser::actors
