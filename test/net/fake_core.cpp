#include "fake_core.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace hawser::net::test {
namespace {

constexpr std::uint32_t prompt_tokens = 5;

std::string script_of(const actors::generation_spec& spec) {
  if (const auto* const plain = std::get_if<actors::plain_prompt>(&spec.prompt)) return plain->text;
  if (const auto* const chat = std::get_if<actors::chat_prompt>(&spec.prompt)) {
    return std::string(chat->context.at("messages").as_array().back().as_object().at("content").as_string());
  }
  return "tokens";
}

int number_after(const std::string& script) {
  int n = 0;
  const std::size_t space = script.find(' ');
  if (space != std::string::npos)
    std::from_chars(script.data() + space + 1, script.data() + script.size(), n);
  return n;
}

actors::generated_token token(model::token_id id, std::string text, const model::sampling_params& sampling) {
  actors::generated_token made;
  made.id = id;
  made.text = text;
  if (sampling.top_logprobs < 0) return made;
  made.piece = std::move(text);
  made.logprob = -0.5f;
  for (int i = 0; i < sampling.top_logprobs; ++i) {
    made.top.push_back({id + i, -0.5f - static_cast<float>(i)});
    made.top_pieces.push_back(i == 0 ? made.piece : "other" + std::to_string(i));
  }
  return made;
}

}  // namespace

void fake_core::on(actors::generate asked) {
  log_->last_key = asked.key;
  log_->last_trace = asked.trace;
  log_->last_share = asked.share;
  log_->last_rank = asked.spec.rank;
  const std::string script = script_of(asked.spec);
  const auto refuse = [&](actors::refusal why, std::string message, std::string field,
                          std::chrono::milliseconds wait) {
    asked.listener.notify(actors::refused{asked.id, why, std::move(message), std::move(field), wait});
  };
  if (script == "over") {
    refuse(actors::refusal::over_quota, "too many tokens this minute", {}, std::chrono::seconds(3));
  } else if (script == "busy") {
    refuse(actors::refusal::overloaded, "the queue is full", {}, std::chrono::milliseconds(1500));
  } else if (script == "long") {
    refuse(actors::refusal::prompt_too_long, "the prompt has 9000 tokens, the context 4096", "prompt", {});
  } else {
    open_.emplace(asked.id, asked.listener);
    if (script != "queue") asked.listener.notify(actors::admitted{asked.id, prompt_tokens, 2});
    play(asked, script);
  }
  log_->generates.fetch_add(1);
  if (log_->on_generate) log_->on_generate();
}

void fake_core::play(const actors::generate& asked, const std::string& script) {
  const actors::generation_listener& to = asked.listener;
  const model::sampling_params& sampling = asked.spec.sampling;
  if (script == "hang" || script == "queue") return;
  const auto end = [&](actors::finish why, std::uint32_t tokens) {
    if (why != actors::finish::error) {
      for (std::uint32_t c = 0; c < asked.spec.choices; ++c)
        to.notify(actors::choice_ended{asked.id, c, {why, {}, {}, tokens}});
    }
    to.notify(actors::ended{
        asked.id,
        why,
        why == actors::finish::error ? "the device failed" : "",
        prompt_tokens,
        2,
        tokens * asked.spec.choices,
        {std::chrono::microseconds(1500), std::chrono::milliseconds(20), std::chrono::milliseconds(30)}});
    open_.erase(asked.id);
  };
  if (script == "late") return end(actors::finish::deadline, 0);
  if (script.starts_with("flood ")) {
    for (int i = 0; i < number_after(script); ++i)
      to.notify(actors::generated{asked.id, 0, false, {token(i, std::string(1024, 'x'), sampling)}});
    return;
  }
  if (asked.spec.echo_logprobs) {
    to.notify(actors::generated{asked.id, 0, true, {token(7, "he", sampling), token(8, "llo", sampling)}});
  }
  const bool counts = script.starts_with("count ") || script == "fail";
  const int many = script == "fail" ? 2 : counts ? number_after(script) : 1;
  std::string upper = script;
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  const auto most = static_cast<int>(
      std::min<std::uint32_t>(asked.spec.max_tokens == 0 ? 4096 : asked.spec.max_tokens, 4096));
  for (int i = 0; i < std::min(many, most); ++i) {
    for (std::uint32_t c = 0; c < asked.spec.choices; ++c) {
      to.notify(actors::generated{
          asked.id, c, false, {token(100 + i, counts ? std::to_string(i) + " " : upper, sampling)}});
    }
  }
  if (script == "fail") return end(actors::finish::error, 2);
  end(many > most ? actors::finish::length : actors::finish::stop,
      static_cast<std::uint32_t>(std::min(many, most)));
}

// Token n is the n-th letter; 99 is none.
void fake_core::on(actors::detokenize question) {
  actors::spelling made;
  for (const model::token_id id : question.tokens) {
    if (id == 99) return question.to.answer(model::error{model::errc::bad_argument, "there is no token 99"});
    made.pieces.emplace_back(1, static_cast<char>('a' + id));
    made.text += made.pieces.back();
  }
  question.to.answer(std::move(made));
}

void fake_core::on(actors::cancel c) {
  if (const auto found = open_.find(c.id); found != open_.end()) {
    found->second.notify(actors::ended{c.id, actors::finish::cancelled, {}, prompt_tokens, 0, 0, {}});
    open_.erase(found);
  }
  log_->cancels.fetch_add(1);
  if (log_->on_cancel) log_->on_cancel();
}

fake_service::fake_service(runtime::scheduler& by) {
  state->model_name = "tiny";
  state->context = 4096;
  state->vocabulary = 100;
  state->has_chat_template = true;
  state->created = 1'700'000'000;
  state->now = actors::phase::ready;
  core = runtime::spawn<fake_core>(by, {.name = "core", .mailbox = 100'000}, log);
}

actors::service fake_service::service() const {
  actors::service made{core, core, core, state};
  made.results = core;
  return made;
}

}  // namespace hawser::net::test
