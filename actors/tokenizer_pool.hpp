/// Hands texts to workers on a scheduler of their own, because a text may take seconds.
#pragma once

#include "actors/tokenizer_mail.hpp"
#include "actors/tokenizer_plan.hpp"
#include "actors/tokenizer_worker.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace hawser::actors {

struct worker_ended {
  std::uint32_t worker = 0;
  bool failed = false;
};

class tokenizer_pool final
    : public runtime::actor<tokenizer_pool, tokenize, detokenize, render_chat, make_prompt, drop_prompt,
                            use_language, text_done, worker_ended> {
 public:
  /// `workers_on` gives the workers their turns.
  tokenizer_pool(runtime::home where, runtime::scheduler& workers_on, std::uint32_t workers,
                 std::uint32_t questions);

  void on(tokenize m) { take(std::move(m)); }
  void on(detokenize m) { take(std::move(m)); }
  void on(render_chat m) { take(std::move(m)); }
  void on(make_prompt m);
  void on(drop_prompt m);
  void on(use_language m);
  void on(text_done m);
  void on(worker_ended m);
  /// Waits for the workers, which still finish the text that they are at.
  void on_stop() override;

 private:
  template <class Question>
  void take(Question m);
  void assign();
  void hire(std::uint32_t number);

  runtime::scheduler& workers_on_;
  std::uint32_t count_;
  tokenizer_plan<text_job> plan_;
  std::vector<runtime::address<text_job>> workers_;
  std::uint32_t alive_ = 0;
  bool stopping_ = false;
  std::shared_ptr<const language> language_;
  prompt_listener ingress_;
};

}  // namespace hawser::actors
