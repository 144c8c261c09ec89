/// Turns one text at a time into tokens, on a scheduler whose turns may be long.
#pragma once

#include "actors/tokenizer_mail.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <memory>
#include <variant>

namespace hawser::actors {

/// A prompt of a request, or (id 0) a question of somebody.
struct text_job {
  request_id id = 0;
  std::variant<make_prompt, tokenize, detokenize, render_chat> what;
};

struct text_done {
  std::uint32_t worker = 0;
};

class tokenizer_worker final : public runtime::actor<tokenizer_worker, text_job> {
 public:
  tokenizer_worker(runtime::home where, std::uint32_t number, std::shared_ptr<const language> with,
                   prompt_listener ingress, runtime::address<text_done> pool);

  void on(text_job m);

 private:
  void work(make_prompt& prompt);
  void work(tokenize& question);
  void work(detokenize& question);
  void work(render_chat& question);

  std::uint32_t number_;
  std::shared_ptr<const language> with_;
  prompt_listener ingress_;
  runtime::address<text_done> pool_;
};

}  // namespace hawser::actors
