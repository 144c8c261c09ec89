#include "actors/rehearsal.hpp"

#include <algorithm>
#include <utility>

namespace hawser::actors {
namespace {

namespace json = boost::json;

// Enough to know how long a step of an answer takes.
constexpr std::uint32_t made_up_answer = 4;

// Longer than the longest prompt takes to be tokenized.
constexpr auto words_within = std::chrono::minutes(1);

// Not one token again and again: what the steps touch should be as spread as in a text.
std::vector<model::token_id> made_up_prompt(std::uint32_t length, std::uint32_t vocabulary) {
  std::vector<model::token_id> made(length);
  std::uint64_t at = 1;
  for (model::token_id& token : made) {
    at = at * 48271 % 2147483647;  // minimal standard generator (Park, Miller, Stockmeyer 1993)
    token = static_cast<model::token_id>(at % vocabulary);
  }
  return made;
}

// With an empty question behind it, because there are templates that say a system prompt only before one.
chat_prompt chat_of(const std::string& system) {
  json::array messages{json::object{{"role", "system"}, {"content", system}},
                       json::object{{"role", "user"}, {"content", ""}}};
  return {json::object{{"messages", std::move(messages)}, {"add_generation_prompt", false}}};
}

}  // namespace

rehearsal::rehearsal(runtime::home where, rehearsal_options options, tokenizer_address words,
                     batcher_address batcher, std::shared_ptr<request_ids> ids,
                     runtime::address<rehearsed> whom)
    : actor(where), options_(std::move(options)), words_(std::move(words)), batcher_(std::move(batcher)),
      ids_(std::move(ids)), whom_(std::move(whom)) {}

void rehearsal::on(begin_rehearsal) {
  const std::uint32_t room = options_.longest > made_up_answer ? options_.longest - made_up_answer : 0;
  const std::uint32_t length = std::min(options_.tokens, room);
  if (length == 0 || options_.vocabulary == 0) return next({});
  // In a world of its own, so that no prompt can ever begin like it.
  run(made_up_prompt(length, options_.vocabulary), made_up_answer, "rehearsal");
}

// Something has ended: the made-up prompt first, then one prompt after the other.
void rehearsal::next(std::string went_wrong) {
  if (!went_wrong.empty() && done_ > 0 && left_out_.empty())
    left_out_ = "warm-up prompt " + std::to_string(done_) + " was left out: " + std::move(went_wrong);
  if (done_ < options_.prompts.size()) return run_text(options_.prompts[done_++]);
  whom_.notify(rehearsed{options_.replica, std::move(left_out_)});
  close();
}

void rehearsal::run_text(const rehearsal_prompt& what) {
  tokenize question;
  if (what.system) {
    question.what = chat_of(what.text);
  } else {
    question.what = plain_prompt{what.text};
  }
  ask(words_, std::move(question), words_within,
      [this](boost::system::error_code error, model::result<std::vector<model::token_id>> tokens) {
        if (error) return next(error.message());
        if (!tokens) return next(tokens.error().what);
        if (tokens->empty()) return next("it is empty");
        if (tokens->size() >= options_.longest)
          return next("it has " + std::to_string(tokens->size()) + " tokens, and the context has room for " +
                      std::to_string(options_.longest - 1));
        run(std::move(*tokens), 1, {});
      });
}

void rehearsal::run(std::vector<model::token_id> prompt, std::uint32_t max_tokens, std::string salt) {
  join letter;
  letter.id = ids_->next();
  letter.salt = std::move(salt);
  letter.prompt = std::make_shared<const std::vector<model::token_id>>(std::move(prompt));
  letter.max_tokens = max_tokens;
  letter.ignore_end = true;
  letter.counted = false;
  letter.arrived = time().now();
  letter.listener = self();
  if (batcher_.tell(std::move(letter)) != runtime::told::accepted) next("the batcher does not answer");
}

}  // namespace hawser::actors
