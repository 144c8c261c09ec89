/// A first request through the whole path before anybody else's: so that the first client finds everything
/// touched and measured, and the prompts that the configuration names in the prefix index.
#pragma once

#include "actors/batcher_mail.hpp"
#include "actors/core_options.hpp"
#include "actors/service_mail.hpp"
#include "runtime/actor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hawser::actors {

struct begin_rehearsal {};

/// `left_out`: one sentence about the prompts that could not be run, or empty.
struct rehearsed {
  std::uint32_t replica = 0;
  std::string left_out;
};

struct rehearsal_options {
  std::uint32_t tokens = 0;               ///< of the made-up prompt; 0: none
  std::vector<rehearsal_prompt> prompts;  ///< one after the other, behind it
  std::uint32_t longest = 0;              ///< prompt + answer that the batcher takes
  std::uint32_t vocabulary = 0;
  std::uint32_t replica = 0;
};

/// Joins the batcher as a request does, but past Ingress, which is still shut, and outside the tallies. Ends
/// itself.
class rehearsal final
    : public runtime::actor<rehearsal, begin_rehearsal, refused, admitted, generated, choice_ended, ended> {
 public:
  rehearsal(runtime::home where, rehearsal_options options, tokenizer_address words, batcher_address batcher,
            std::shared_ptr<request_ids> ids, runtime::address<rehearsed> whom);

  void on(begin_rehearsal);
  void on(refused m) { next(std::move(m.message)); }
  void on(admitted) {}
  void on(generated) {}
  void on(choice_ended) {}
  void on(ended m) { next(std::move(m.message)); }

 private:
  void next(std::string went_wrong);
  void run_text(const rehearsal_prompt& what);
  void run(std::vector<model::token_id> prompt, std::uint32_t max_tokens, std::string salt);

  rehearsal_options options_;
  tokenizer_address words_;
  batcher_address batcher_;
  std::shared_ptr<request_ids> ids_;
  runtime::address<rehearsed> whom_;
  std::size_t done_ = 0;  // of the prompts
  std::string left_out_;
};

}  // namespace hawser::actors
