#include "actors/tokenizer_worker.hpp"

#include "actors/prompt_maker.hpp"

#include <new>
#include <utility>

namespace hawser::actors {
namespace {

// A text that is too much for the memory is the request's fault, not the worker's.
template <class Work>
auto within_memory(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return model::error{model::errc::over_limit, "there is not enough memory for this text now"};
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
  std::visit([this](auto& job) { work(job); }, m.what);
  pool_.notify(text_done{number_});
}

void tokenizer_worker::work(make_prompt& prompt) {
  // Ingress looks at the deadline first, so that no tokens mean nothing here.
  auto tokens = prompt.deadline <= time().now()
                    ? model::result<std::vector<model::token_id>>(std::vector<model::token_id>{})
                    : within_memory([&] { return make_prompt_tokens(*with_, prompt.what, time().wall()); });
  ingress_.notify(prompt_made{prompt.id, std::move(tokens)});
}

void tokenizer_worker::work(tokenize& question) {
  question.to.answer(within_memory([&] {
    return make_tokens(*with_, widen(std::move(question.what)), question.add_special, time().wall());
  }));
}

void tokenizer_worker::work(detokenize& question) {
  question.to.answer(within_memory([&] { return spell(*with_, question.tokens, question.pieces); }));
}

void tokenizer_worker::work(render_chat& question) {
  question.to.answer(within_memory([&] { return render_text(*with_, question.what, time().wall()); }));
}

}  // namespace hawser::actors
