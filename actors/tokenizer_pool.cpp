#include "actors/tokenizer_pool.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace hawser::actors {

tokenizer_pool::tokenizer_pool(runtime::home where, runtime::scheduler& workers_on, std::uint32_t workers,
                               std::uint32_t questions)
    : actor(where), workers_on_(workers_on), count_(std::max(1u, workers)), plan_(count_, questions),
      workers_(count_) {}

template <class Question>
void tokenizer_pool::take(Question m) {
  if (!language_ || stopping_) return m.to.refuse(make_error_code(runtime::errc::closed));
  text_job job{0, std::move(m)};
  if (!plan_.submit(job)) return std::get<Question>(job.what).to.refuse(make_error_code(runtime::errc::full));
  assign();
}

template void tokenizer_pool::take(tokenize m);
template void tokenizer_pool::take(detokenize m);
template void tokenizer_pool::take(render_chat m);

void tokenizer_pool::on(make_prompt m) {
  text_job job{m.id, std::move(m)};
  (void)plan_.submit(job);  // only questions are refused
  assign();
}

void tokenizer_pool::on(drop_prompt m) {
  plan_.drop(m.id);
}

void tokenizer_pool::on(use_language m) {
  language_ = std::move(m.what);
  ingress_ = std::move(m.ingress);
  for (std::uint32_t i = 0; i < count_; ++i) hire(i);
  assign();
}

void tokenizer_pool::hire(std::uint32_t number) {
  auto watcher = [pool = self(), number](const runtime::terminated& end) {
    pool.notify(worker_ended{number, end.failed});
  };
  ++alive_;
  workers_[number] = runtime::spawn<tokenizer_worker>(workers_on_,
                                                      {.name = "tokenizer-" + std::to_string(number),
                                                       .mailbox = 4,
                                                       .slow_handler = std::chrono::hours(1),
                                                       .watcher = std::move(watcher)},
                                                      number, language_, ingress_, self());
}

void tokenizer_pool::on(text_done m) {
  plan_.done(m.worker);
  assign();
}

void tokenizer_pool::on(worker_ended m) {
  --alive_;
  if (stopping_) {
    if (alive_ == 0) close();
    return;
  }
  const request_id was = plan_.done(m.worker);
  if (was != 0) {
    ingress_.notify(
        prompt_made{was, model::error{model::errc::over_limit, "the tokenizer failed on this prompt"}});
  }
  hire(m.worker);
  assign();
}

void tokenizer_pool::on_stop() {
  stopping_ = true;
  for (const auto& worker : workers_) worker.stop();
  if (alive_ == 0) close();
}

void tokenizer_pool::assign() {
  if (!language_ || stopping_) return;
  while (auto next = plan_.next()) workers_[next->worker].notify(std::move(next->job));
}

}  // namespace hawser::actors
