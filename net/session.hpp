/// One connection: an actor that reads requests, has them answered, and writes what comes.
///
/// Everything that can be wrong about HTTP and the dialects lives in the pure parts (request_reader,
/// request_rules, codec, exchange, alarms); the session moves bytes and mail between them. One request is
/// answered at a time; later ones wait in the reader.
#pragma once

#include "actors/service_mail.hpp"
#include "net/alarms.hpp"
#include "net/answer.hpp"
#include "net/answered.hpp"
#include "net/byte_stream.hpp"
#include "net/chance.hpp"
#include "net/exchange.hpp"
#include "net/key_desk.hpp"
#include "net/net_counters.hpp"
#include "net/net_options.hpp"
#include "net/output_buffer.hpp"
#include "net/request_reader.hpp"
#include "net/response.hpp"
#include "net/route.hpp"
#include "net/talk.hpp"
#include "net/text_codec.hpp"
#include "runtime/actor.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hawser::net {

/// What the sessions of one server share; lives as long as the last of them.
struct session_setup {
  session_setup(net_options given, actors::service serving, boost::asio::any_io_executor for_large,
                std::uint64_t seed)
      : options(std::move(given)), core(std::move(serving)), heavy(std::move(for_large)),
        responses(std::make_shared<response_shelf>(options.responses, core.memory)), luck(seed) {}

  const net_options options;
  const actors::service core;
  const boost::asio::any_io_executor heavy;  ///< where large bodies are parsed
  const std::shared_ptr<response_shelf> responses;
  chance luck;
  net_counters counters;
};

/// What a listener knows of who has connected.
struct visitor {
  bool probes_only = false;  ///< the server is full, and this connection may only ask for probes
  bool local = false;        ///< comes from this machine
};

/// To a new session, once.
struct begin_session {};
/// Finish what runs, then close. Idle connections close at once.
struct drain_session {};
/// The time to drain is over: end what runs with an error, then close.
struct hang_up {};

class session final
    : public runtime::actor<session, actors::refused, actors::admitted, actors::generated,
                            actors::choice_ended, actors::ended, begin_session, drain_session, hang_up>,
      private byte_stream::owner,
      private talk::host {
 public:
  /// `limits`: for as long as the connection is open.
  session(runtime::home where, std::shared_ptr<session_setup> setup, std::unique_ptr<byte_stream> stream,
          std::shared_ptr<const http_limits> limits, visitor who);
  ~session() override;

  void on(begin_session);
  void on(drain_session);
  void on(hang_up);
  void on(actors::refused event);
  void on(actors::admitted event);
  void on(actors::generated event);
  void on(actors::choice_ended event);
  void on(actors::ended event);
  void on_stop() override { on(drain_session{}); }

 private:
  enum class state : std::uint8_t {
    reading,    // a request, or nothing
    asking,     // somebody else makes the page
    parsing,    // a large body, elsewhere
    answering,  // an exchange runs
    talking,    // a WebSocket
    closing,    // what is left is being written
    lingering,  // all is written; the client may finish reading
    closed,
  };

  void on_readable() override;
  void on_writable() override;

  // Reading.
  [[nodiscard]] bool may_read() const;
  void process();
  void watch_reading();
  void on_head();
  void on_request(http_request request);
  void answer_page(const route& where, const reply_frame& frame);
  void scrape_metrics(reply_frame frame);
  void purge_results(reply_frame frame);
  void answer_kept_response(const http_request& request, const route& where, const reply_frame& frame);
  void check_body_rate();

  // Who asks, and what they may (session_keys.cpp).
  [[nodiscard]] std::optional<api_error> judge_visit(const http_request& request);
  [[nodiscard]] std::optional<api_error> take_quota(double tokens, quota_hold& into);
  /// The tokens of a request that was let in before its body was read.
  [[nodiscard]] std::optional<api_error> take_quota_of(const generation_job& job, reply_frame& frame);
  void show_quota(reply_frame& frame);
  void count_told(actors::request_id id, double tokens) noexcept;
  void count_spent(const actors::ended& event);
  void count_refused(const actors::refused& event);
  [[nodiscard]] std::string tenant() const { return caller_ ? caller_->key.name : std::string(); }
  [[nodiscard]] float share() const noexcept { return caller_ ? caller_->key.weight : 1.0f; }
  [[nodiscard]] actors::priority usual_rank() const noexcept {
    return caller_ ? caller_->key.rank : actors::priority::standard;
  }

  // What is told of it (session_keys.cpp).
  void note_request(const http_request& request, const reply_frame& frame);
  void count_response(int status) noexcept;
  void tell_answered();

  // What others make (session_routes.cpp).
  void list_actors(const http_request& request, reply_frame frame);
  [[nodiscard]] const added_route* added_route_of(const http_request& request) const;
  void ask_route(const added_route& where, http_request request, const reply_frame& frame);
  void ask_part(const added_route& where, route_call call, reply_frame frame);
  void take_part(const added_route& where, std::uint32_t part, reply_frame frame,
                 boost::system::error_code ec, route_reply reply);
  void pull_part();

  // WebSockets (session_socket.cpp).
  [[nodiscard]] const added_socket* added_socket_of(const http_request& request) const;
  void open_added(const added_socket& where, const http_request& request, const reply_frame& frame);
  [[nodiscard]] static std::optional<endpoint> own_socket_of(const http_request& request);
  void open_own(endpoint where, const http_request& request, const reply_frame& frame);
  void open_talk(std::unique_ptr<conversation> about, const http_request& request, const reply_frame& frame);
  void ask_socket(const added_socket& whom, socket_call what, talk::reply_taker done) override;
  void work_elsewhere(std::function<socket_request()> work,
                      std::function<void(socket_request)> done) override;
  [[nodiscard]] outcome<actors::request_id> start_request(actors::generation_spec what) override;
  void cancel_request(actors::request_id id) override;
  void serve_talk();
  void send_talk();
  void end_talk() noexcept;

  // Answering.
  void start_generation(endpoint where, http_request request, reply_frame frame);
  [[nodiscard]] codec_context context_now() override;
  /// What work() makes goes to `then`, on the session's turn: at once, or when it was made elsewhere.
  template <class Made, class Work>
  void make(bool here, Work work, void (session::*then)(outcome<Made>));
  void on_parsed(outcome<generation_job> job);

  // Texts (session_texts.cpp).
  void start_text(endpoint where, http_request request, reply_frame frame);
  template <class Question, class Reply>
  void ask_tokenizer(text_question about, Question what, void (session::*then)(text_question, Reply));
  void on_text_question(outcome<text_question> asked);
  void on_tokens(text_question asked, std::vector<model::token_id> tokens);
  void spell_out(text_question asked);
  void on_spelling(text_question asked, actors::spelling spelled);
  void on_rendered(text_question asked, std::string text);
  void on_text_body(outcome<std::string> body);
  void describe(const reply_frame& frame);
  void refuse_text(const api_error& e);
  template <class Event>
  void feed(Event&& event);
  void sent_by_exchange(std::string_view bytes);
  void cancel_running();
  void respond(const reply_frame& frame, const response& what);
  void respond(const reply_frame& frame, const api_error& e) { respond(frame, error_response(e, frame)); }
  void refuse_and_close(const api_error& e);
  void after_answer(bool keep_alive);
  [[nodiscard]] reply_frame frame_for(const http_request& request);

  // Writing and closing.
  void send(std::string_view bytes);
  void flush();
  void watch_output(bool progress);
  void count_memory() noexcept;
  void hold_answer(bool held);
  void drop_slow_reader();
  void begin_close();
  void peer_finished();
  void finish_close(bool reset);

  void on_alarm();
  void handle(alarm which);
  void settle();
  [[nodiscard]] const http_limits& limits() const noexcept { return *limits_; }

  std::shared_ptr<session_setup> setup_;
  std::unique_ptr<byte_stream> stream_;
  std::shared_ptr<const http_limits> limits_;
  request_reader reader_;
  output_buffer out_;
  alarms alarms_;
  std::unique_ptr<exchange> exchange_;
  std::unique_ptr<talk> talk_;
  caller caller_;    // of the request that was read last; null: nobody is asked for a key
  quota_hold hold_;  // of the request that is being answered
  using held_quota = std::pair<actors::request_id, quota_hold>;
  std::vector<held_quota> holds_;    // of those that run on a WebSocket
  double spent_ = 0;                 // tokens of the answer's prompts that have ended
  std::string trace_;                // of the request that was read last, as far as it said one
  std::unique_ptr<answered> asked_;  // what is told of it when it was answered; null: nobody wants to know
  runtime::time_point asked_at_{};
  std::string label_;                   // the request id of the WebSocket's opening
  std::unique_ptr<reply_frame> frame_;  // of the request that is being parsed elsewhere
  std::function<void()> next_part_;     // of a route's stream, while its reader is behind
  runtime::timer timer_;
  runtime::time_point armed_ = runtime::time_point::max();
  runtime::time_point body_begun_{};
  std::size_t rate_mark_ = 0;
  std::size_t counted_unread_ = 0;
  std::size_t counted_memory_ = 0;
  std::size_t parsing_bytes_ = 0;  // of a body that is being parsed elsewhere
  std::size_t discarded_ = 0;
  std::uint32_t served_ = 0;
  state state_ = state::reading;
  visitor visitor_;
  bool draining_ = false;
  bool peer_finished_ = false;
  bool waiting_read_ = false;
  bool waiting_write_ = false;
  bool held_ = false;  // the answers wait until their reader has caught up
};

template <class Made, class Work>
void session::make(bool here, Work work, void (session::*then)(outcome<Made>)) {
  if (here) {
    // An allocation that fails is this request's trouble alone.
    outcome<Made> made = internal_error("the request could not be worked on");
    try {
      made = work();
    } catch (const std::bad_alloc&) {
      made = no_memory();
    }
    return (this->*then)(std::move(made));
  }
  boost::asio::post(setup_->heavy,
                    [this, then, work = std::move(work), setup = setup_, back = executor()]() mutable {
                      outcome<Made> made = internal_error("the request could not be worked on");
                      try {
                        made = work();
                      } catch (const std::bad_alloc&) {
                        made = no_memory();
                      } catch (const std::exception& e) {
                        made = internal_error(std::string("the request could not be worked on: ") + e.what());
                      }
                      // `this` is only touched on the session's own turn; when the session is gone, this is
                      // dropped unrun.
                      boost::asio::post(back, [this, then, made = std::move(made)]() mutable {
                        (this->*then)(std::move(made));
                        process();
                        settle();
                      });
                    });
}

}  // namespace hawser::net
