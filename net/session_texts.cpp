#include "net/openapi.hpp"
#include "net/pages.hpp"
#include "net/session.hpp"

#include <utility>

namespace hawser::net {

void session::start_text(endpoint where, http_request request, reply_frame frame) {
  spent_ = 0;
  const auto no = take_quota(0, hold_);
  show_quota(frame);
  if (no) return respond(frame, *no);
  frame_ = std::make_unique<reply_frame>(std::move(frame));
  state_ = state::parsing;
  const bool here = request.body.size() <= limits().inline_body;
  make<text_question>(
      here,
      [where, body = std::move(request.body), context = context_now(), limits = limits_] {
        return read_text_question(where, body, *limits, context);
      },
      &session::on_text_question);
}

// Elsewhere: the page is as long as a large body.
void session::describe(const reply_frame& frame) {
  const actors::service_state& core = *setup_->core.state;
  const actors::phase now = core.now.load(std::memory_order_acquire);
  if (now == actors::phase::loading) return respond(frame, not_serving(now));
  api_facts facts = api_facts_of(core);
  facts.version = setup_->options.version;
  facts.keys = setup_->options.keys != nullptr;
  facts.limits = limits().text;
  frame_ = std::make_unique<reply_frame>(frame);
  state_ = state::asking;
  make<std::string>(
      false, [facts = std::move(facts)]() -> outcome<std::string> { return openapi_page(facts); },
      &session::on_text_body);
}

void session::refuse_text(const api_error& e) {
  const std::unique_ptr<reply_frame> frame = std::move(frame_);
  respond(*frame, e);
}

template <class Question, class Reply>
void session::ask_tokenizer(text_question about, Question what, void (session::*then)(text_question, Reply)) {
  state_ = state::asking;
  ask(setup_->core.tokenizer, std::move(what), limits().request_time,
      [this, about = std::move(about), then](boost::system::error_code ec,
                                             model::result<Reply> reply) mutable {
        if (state_ != state::asking) return;
        if (ec) {
          refuse_text(text_error(ec));
        } else if (!reply) {
          refuse_text(text_error(about, reply.error()));
        } else {
          (this->*then)(std::move(about), std::move(*reply));
        }
        process();
        settle();
      });
}

void session::on_text_question(outcome<text_question> asked) {
  if (state_ != state::parsing) return;
  if (!asked) return refuse_text(asked.error());
  if (std::holds_alternative<actors::token_prompt>(asked->about)) return spell_out(std::move(*asked));
  auto* const chat = std::get_if<actors::chat_prompt>(&asked->about);
  if (asked->where == endpoint::apply_template) {
    actors::render_chat question;
    question.what = std::move(*chat);
    return ask_tokenizer(std::move(*asked), std::move(question), &session::on_rendered);
  }
  actors::tokenize question;
  question.add_special = asked->add_special;
  if (chat != nullptr) {
    question.what = std::move(*chat);
  } else {
    question.what = std::move(std::get<actors::plain_prompt>(asked->about));
  }
  ask_tokenizer(std::move(*asked), std::move(question), &session::on_tokens);
}

void session::on_tokens(text_question asked, std::vector<model::token_id> tokens) {
  asked.about = actors::token_prompt{std::move(tokens)};
  if (asked.pieces != text_question::pieces_as::none) return spell_out(std::move(asked));
  on_spelling(std::move(asked), {});
}

void session::spell_out(text_question asked) {
  actors::detokenize question;
  question.tokens = std::get<actors::token_prompt>(asked.about).tokens;
  question.pieces = asked.pieces != text_question::pieces_as::none;
  ask_tokenizer(std::move(asked), std::move(question), &session::on_spelling);
}

void session::on_spelling(text_question asked, actors::spelling spelled) {
  if (asked.where == endpoint::detokenize) return on_rendered(std::move(asked), std::move(spelled.text));
  const std::size_t tokens = std::get<actors::token_prompt>(asked.about).tokens.size();
  constexpr std::size_t bytes_of_one = 8;  // and more with its piece: small enough still
  const std::uint32_t context = setup_->core.state->context;
  make<std::string>(
      tokens * bytes_of_one <= limits().inline_body,
      [asked = std::move(asked), spelled = std::move(spelled), context]() -> outcome<std::string> {
        return tokens_body(asked, std::get<actors::token_prompt>(asked.about).tokens, spelled.pieces,
                           context);
      },
      &session::on_text_body);
}

void session::on_rendered(text_question asked, std::string text) {
  make<std::string>(
      text.size() <= limits().inline_body,
      [asked = std::move(asked), text = std::move(text)]() -> outcome<std::string> {
        return text_body(asked, text);
      },
      &session::on_text_body);
}

void session::on_text_body(outcome<std::string> body) {
  if (state_ != state::asking) return;
  if (!body) return refuse_text(body.error());
  const std::unique_ptr<reply_frame> frame = std::move(frame_);
  response made;
  made.body = std::move(*body);
  respond(*frame, made);
}

}  // namespace hawser::net
