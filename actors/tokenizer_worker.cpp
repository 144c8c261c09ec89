#include "actors/tokenizer_worker.hpp"

#include "actors/prompt_maker.hpp"

#include <new>
#include <utility>

namespace hawser::actors {
namespace {

// A text that is too much for the memory is the request's fault, not the worker's.
model::result<std::vector<model::token_id>> make(const language& with, const prompt_text& what, bool special,
                                                 std::chrono::system_clock::time_point now) {
  try {
    return make_tokens(with, what, special, now);
  } catch (const std::bad_alloc&) {
    return model::error{model::errc::over_limit, "there is not enough memory for this prompt now"};
  }
}

prompt_text widen(std::variant<plain_prompt, chat_prompt> what) {
  return std::visit([](auto& one) -> prompt_text { return std::move(one); }, what);
}

}  // namespace

tokenizer_worker::tokenizer_worker(runtime::home where, std::uint32_t number,
                                   std::shared_ptr<const language> with, prompt_listener ingress,
                                   runtime::address<text_done> pool)
    : actor(where), number_(number), with_(std::move(with)), ingress_(std::move(ingress)),
      pool_(std::move(pool)) {}

void tokenizer_worker::on(text_job m) {
  if (auto* prompt = std::get_if<make_prompt>(&m.what)) {
    // Ingress looks at the deadline first, so that no tokens mean nothing here.
    auto tokens = prompt->deadline <= time().now()
                      ? model::result<std::vector<model::token_id>>(std::vector<model::token_id>{})
                      : make(*with_, prompt->what, true, time().wall());
    ingress_.notify(prompt_made{prompt->id, std::move(tokens)});
  } else {
    auto& question = std::get<tokenize>(m.what);
    question.to.answer(make(*with_, widen(std::move(question.what)), question.add_special, time().wall()));
  }
  pool_.notify(text_done{number_});
}

}  // namespace hawser::actors
