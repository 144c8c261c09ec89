/// A serving core that says what its prompts tell it to: for tests of everything above it.
#pragma once

#include "actors/service_mail.hpp"
#include "runtime/actor.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser::net::test {

/// What tests look at from outside; the functions are called on the core's turn.
struct core_log {
  std::atomic<int> generates{0};
  std::atomic<int> cancels{0};
  std::atomic<int> holds{0};     ///< answers that were told to wait
  std::atomic<int> releases{0};  ///< and to go on
  std::string last_key;          ///< of what was asked last, as the next two
  std::string last_trace;
  float last_share = 0;
  actors::priority last_rank{};
  std::function<void()> on_generate;
  std::function<void()> on_cancel;
};

/// Prompt text (of the last message, in a chat):
///   "count N"   N tokens "0 ", "1 ", ... then stop           "hang"     admitted, then nothing until cancel
///   "queue"     nothing at all until cancel                  "fail"     two tokens, then an error
///   "flood N"   N tokens of 1 KB at once, then nothing       "over"     refused: over quota
///   "long"      refused: too long                            "busy"     refused: overloaded, come back
///   after 1.5 s "late"      admitted, then its deadline is over          anything else: one token, its
///   upper-case self
class fake_core final : public runtime::actor<fake_core, actors::generate, actors::cancel, actors::hold,
                                              actors::scrape, actors::tokenize, actors::detokenize,
                                              actors::render_chat, actors::purge_results> {
 public:
  fake_core(runtime::home where, std::shared_ptr<core_log> log) : actor(where), log_(std::move(log)) {}

  void on(actors::generate asked);
  void on(actors::cancel c);
  void on(actors::hold h) { (h.held ? log_->holds : log_->releases).fetch_add(1); }
  void on(actors::scrape question) { question.to.answer("# TYPE fake gauge\nfake 1\n"); }
  void on(actors::purge_results question) { question.to.answer(7); }
  void on(actors::tokenize question) { question.to.answer(std::vector<model::token_id>{1, 2, 3}); }
  void on(actors::detokenize question);
  void on(actors::render_chat question) { question.to.answer(std::string("<chat>")); }

 private:
  void play(const actors::generate& asked, const std::string& script);

  std::shared_ptr<core_log> log_;
  std::unordered_map<actors::request_id, actors::generation_listener> open_;
};

/// The service around a fake core that is ready.
struct fake_service {
  explicit fake_service(runtime::scheduler& by);

  std::shared_ptr<core_log> log = std::make_shared<core_log>();
  std::shared_ptr<actors::service_state> state = std::make_shared<actors::service_state>();
  fake_core::address_type core;

  [[nodiscard]] actors::service service() const;
};

}  // namespace hawser::net::test
