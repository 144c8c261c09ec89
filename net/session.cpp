#include "net/session.hpp"

#include "net/codec.hpp"
#include "net/pages.hpp"
#include "net/request_rules.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace hawser::net {

session::session(runtime::home where, std::shared_ptr<session_setup> setup,
                 std::unique_ptr<byte_stream> stream, std::shared_ptr<const http_limits> limits, visitor who)
    : actor(where), setup_(std::move(setup)), stream_(std::move(stream)), limits_(std::move(limits)),
      reader_(*limits_), visitor_(who) {
  setup_->counters.open.fetch_add(1, std::memory_order_relaxed);
}

// Also the way out when a handler has thrown: what runs for this client must not run on.
session::~session() {
  end_talk();
  cancel_running();
  setup_->counters.unread.fetch_sub(counted_unread_, std::memory_order_relaxed);
  setup_->core.memory->change(actors::memory_owner::buffers, counted_memory_, 0);
  setup_->counters.open.fetch_sub(1, std::memory_order_relaxed);
}

void session::on(begin_session) {
  stream_->attach(*this, executor());
  alarms_.set(alarm::header, time().now() + limits().header_time);
  settle();
}

void session::on(drain_session) {
  draining_ = true;
  // Nothing was begun and everything was sent, so there is no answer that closing could cut off.
  if (state_ == state::reading && !reader_.begun()) {
    if (out_.empty())
      finish_close(false);
    else
      begin_close();
  }
  serve_talk();
  settle();
}

void session::on(hang_up) {
  draining_ = true;
  if (exchange_) {
    std::string bytes;
    exchange_->fail(unavailable("the server is stopping", "stopping", std::chrono::seconds(5)), bytes);
    sent_by_exchange(bytes);
  } else if (talk_) {
    talk_->close(web_close::going_away, "the server is stopping");
    serve_talk();
  } else {
    begin_close();
  }
  settle();
}

bool session::may_read() const {
  if (state_ == state::closed || peer_finished_) return false;
  if (state_ == state::talking) return talk_->wants_bytes() && out_.size() <= limits().unread_output;
  const bool progressing = state_ == state::reading && out_.size() <= limits().unread_output;
  return progressing || state_ >= state::closing || reader_.buffered() < limits().pipelined;
}

void session::on_readable() {
  constexpr int reads_a_turn = 4;  // then the others have theirs
  thread_local std::array<char, 64 * 1024> scratch;
  waiting_read_ = false;
  for (int i = 0; i < reads_a_turn && may_read(); ++i) {
    boost::system::error_code ec;
    const std::size_t got = stream_->read_some(scratch, ec);
    if (ec == boost::asio::error::would_block) break;
    if (ec == boost::asio::error::eof) {
      peer_finished();
      break;
    }
    if (ec) {
      finish_close(false);
      break;
    }
    if (state_ >= state::closing) {
      discarded_ += got;
      if (discarded_ > limits().body + limits().header_bytes) finish_close(true);
      continue;
    }
    if (state_ == state::talking) {
      talk_->hear({scratch.data(), got}, time().now());
      serve_talk();
      continue;
    }
    reader_.add({scratch.data(), got});
    process();
  }
  settle();
}

void session::process() {
  while (state_ == state::reading) {
    // Answers of pipelined requests wait until the client reads those before.
    if (out_.size() > limits().unread_output) return;
    switch (reader_.next()) {
    case request_reader::step::more:
      watch_reading();
      return;
    case request_reader::step::head:
      on_head();
      break;
    case request_reader::step::whole:
      on_request(reader_.take());
      break;
    case request_reader::step::refused:
      refuse_and_close(reader_.why());
      return;
    }
  }
}

void session::watch_reading() {
  const runtime::time_point now = time().now();
  if (reader_.reading_body()) {
    constexpr std::size_t free_bytes = 64 * 1024;
    alarms_.set(alarm::body,
                body_begun_ + limits().body_time + std::chrono::seconds(reader_.body_bytes() / free_bytes));
  } else if (reader_.begun()) {
    alarms_.clear(alarm::idle);
    if (!alarms_.is_set(alarm::header)) alarms_.set(alarm::header, now + limits().header_time);
  } else if (served_ > 0) {
    if (draining_) return begin_close();
    alarms_.set(alarm::idle, now + limits().keep_alive);
  }
}

void session::on_head() {
  const http_request& request = reader_.request();
  alarms_.clear(alarm::header);
  alarms_.clear(alarm::idle);
  if (!request.has_body) return;
  // A body whose length is not said counts when it comes.
  if (!setup_->core.memory->read().fits(request.content_length.value_or(0))) {
    reply_frame frame = frame_for(request);
    frame.keep_alive = false;
    return respond(frame, no_memory());
  }
  if (const auto no = judge_visit(request)) {  // a body that nobody may send is not read
    reply_frame frame = frame_for(request);
    frame.keep_alive = false;
    return respond(frame, *no);
  }
  body_begun_ = time().now();
  rate_mark_ = 0;
  alarms_.set(alarm::rate, body_begun_ + limits().body_rate_window);
  if (!request.expects_continue || reader_.body_bytes() > 0) return;
  const auto judged = judge_request(request, setup_->options.origins);
  if (!judged && added_route_of(request) == nullptr) {  // a body that will not be read is not asked for
    reply_frame frame = frame_for(request);
    frame.keep_alive = false;
    return respond(frame, judged.error());
  }
  send("HTTP/1.1 100 Continue\r\n\r\n");
}

void session::check_body_rate() {
  const std::size_t since = reader_.body_bytes() - rate_mark_;
  const auto seconds = std::chrono::duration<double>(limits().body_rate_window).count();
  if (static_cast<double>(since) < seconds * static_cast<double>(limits().body_rate)) {
    api_error e = bad_field({}, "the request's body comes slower than " + std::to_string(limits().body_rate) +
                                    " bytes a second");
    e.status = 408;
    return refuse_and_close(e);
  }
  rate_mark_ = reader_.body_bytes();
  alarms_.set(alarm::rate, time().now() + limits().body_rate_window);
}

reply_frame session::frame_for(const http_request& request) {
  reply_frame frame;
  frame.version = request.version;
  frame.keep_alive =
      request.keep_alive && !draining_ && !visitor_.probes_only && served_ < limits().keep_alive_requests;
  frame.head_only = request.method == "HEAD";
  frame.errors = errors_of(request.target);
  frame.trailers = reads_trailers(request);
  const load_format wished = wished_load_format(request);
  frame.load_as = wished != load_format::none ? wished : setup_->options.load_report;
  frame.load = setup_->core.load.get();
  frame.request_id = client_request_id(request);
  if (frame.request_id.empty()) frame.request_id = "req-" + setup_->luck.id();
  frame.allow_origin = judge_origin(setup_->options.origins, request).allow_origin;
  return frame;
}

void session::on_request(http_request request) {
  alarms_.clear(alarm::body);
  alarms_.clear(alarm::rate);
  ++served_;
  reply_frame frame = frame_for(request);
  note_request(request, frame);
  if (!request.has_body) {  // else that was asked when its header came
    if (const auto no = judge_visit(request)) return respond(frame, *no);
  }
  if (const added_socket* const added = added_socket_of(request); added != nullptr && !visitor_.probes_only)
    return open_added(*added, request, frame);
  if (const added_route* const added = added_route_of(request); added != nullptr && !visitor_.probes_only)
    return ask_route(*added, std::move(request), frame);
  if (const auto own = own_socket_of(request); own && !visitor_.probes_only)
    return open_own(*own, request, frame);
  const auto judged = judge_request(request, setup_->options.origins);
  if (!judged) return respond(frame, judged.error());
  if (request.method == "OPTIONS") {
    response options;
    options.status = 204;
    options.fields = preflight_fields(request, allowed_methods(judged->to));
    return respond(frame, options);
  }
  if (visitor_.probes_only && !is_probe(judged->to)) {
    return respond(frame, unavailable("the server has as many connections as it takes", "connections",
                                      std::chrono::seconds(1)));
  }
  if (judged->to == endpoint::response) return answer_kept_response(request, *judged, frame);
  if (judged->to == endpoint::actors) return list_actors(request, std::move(frame));
  if (!takes_json(judged->to)) return answer_page(*judged, frame);
  if (const api_error e = not_serving(setup_->core.state->now.load(std::memory_order_acquire));
      e.status != 0) {
    return respond(frame, e);
  }
  if (is_about_text(judged->to)) return start_text(judged->to, std::move(request), std::move(frame));
  start_generation(judged->to, std::move(request), std::move(frame));
}

void session::answer_page(const route& where, const reply_frame& frame) {
  if (where.to == endpoint::metrics) return scrape_metrics(frame);
  if (where.to == endpoint::cache) return purge_results(frame);
  if (where.to == endpoint::description) return describe(frame);
  respond(frame, page(where, setup_->core, {setup_->options.version, setup_->options.revision}));
}

void session::scrape_metrics(reply_frame frame) {
  state_ = state::asking;
  ask(setup_->core.telemetry, actors::scrape{}, limits().scrape_time,
      [this, frame = std::move(frame)](boost::system::error_code ec, std::string text) {
        if (state_ != state::asking) return;
        if (ec) {
          respond(frame,
                  unavailable("the metrics are not to be had: " + ec.message(), {}, std::chrono::seconds(1)));
        } else {
          response made;
          made.type = "text/plain; version=0.0.4; charset=utf-8";
          made.body = std::move(text) + metrics_text(setup_->counters);
          respond(frame, made);
        }
        process();
        settle();
      });
}

codec_context session::context_now() {
  const actors::service_state& core = *setup_->core.state;
  codec_context context;
  context.id = setup_->luck.id();
  context.model = core.model_name;
  context.has_chat_template = core.has_chat_template;
  context.created =
      std::chrono::duration_cast<std::chrono::seconds>(time().wall().time_since_epoch()).count();
  context.seed = setup_->luck.draw();
  context.limits = limits().text;
  context.sampling = setup_->options.sampling;
  context.arrived = time().now();
  context.responses.shared = setup_->responses;
  context.responses.tenant = tenant();
  context.wishes.rank = usual_rank();
  context.thinking = core.thinking;
  context.embed = setup_->options.embed;
  context.width = core.width;
  return context;
}

void session::start_generation(endpoint where, http_request request, reply_frame frame) {
  const auto wishes = read_wishes(request, usual_rank());
  if (!wishes) return respond(frame, wishes.error());
  spent_ = 0;
  if (const auto no = take_quota(0, hold_)) {  // before its body costs anything
    show_quota(frame);
    return respond(frame, *no);
  }
  codec_context context = context_now();
  context.wishes = *wishes;
  frame_ = std::make_unique<reply_frame>(std::move(frame));
  state_ = state::parsing;
  const bool here = request.body.size() <= limits().inline_body;
  if (!here) parsing_bytes_ = request.body.size();
  make<generation_job>(
      here,
      [where, body = std::move(request.body), context = std::move(context), limits = limits_] {
        return read_job(where, body, *limits, context);
      },
      &session::on_parsed);
}

void session::on_parsed(outcome<generation_job> job) {
  parsing_bytes_ = 0;
  if (state_ != state::parsing) return;
  reply_frame frame = std::move(*frame_);
  frame_.reset();
  if (!job) {
    show_quota(frame);
    return respond(frame, job.error());
  }
  if (const auto no = take_quota_of(*job, frame)) return respond(frame, *no);
  std::vector<actors::request_id> ids;
  for (std::size_t i = 0; i < job->specs.size(); ++i) ids.push_back(setup_->core.ids->next());
  reply_frame framed = frame;
  framed.keep_alive = frame.keep_alive && (!job->stream || frame.version >= 11);
  exchange_ = std::make_unique<exchange>(std::move(framed), std::move(job->reply), job->stream, ids);
  state_ = state::answering;
  held_ = false;
  const runtime::time_point now = time().now();
  constexpr std::chrono::seconds grace(5);  // the core ends it first, with what it has
  alarms_.set(alarm::request, now + limits().request_time + grace);
  if (job->stream && limits().stream_ping.count() > 0) alarms_.set(alarm::ping, now + limits().stream_ping);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    job->specs[i].deadline = std::min(job->specs[i].deadline, now + limits().request_time);
    actors::generate letter{ids[i], frame.request_id, tenant(), std::move(job->specs[i]), self(),
                            false,  share(),          trace_};
    const runtime::told told = setup_->core.ingress.tell(std::move(letter));
    if (told == runtime::told::accepted) continue;
    std::string bytes;
    exchange_->fail(told == runtime::told::full
                        ? unavailable("too many requests are waiting", "overloaded", std::chrono::seconds(1))
                        : unavailable("the server is stopping", "stopping", std::chrono::seconds(5)),
                    bytes);
    return sent_by_exchange(bytes);
  }
}

template <class Event>
void session::feed(Event&& event) {
  if (talk_) {
    talk_->hear(generation_event(std::forward<Event>(event)));
    serve_talk();
    return settle();
  }
  if (!exchange_) return;
  std::string bytes;
  exchange_->on(std::forward<Event>(event), bytes);
  sent_by_exchange(bytes);
  process();
  settle();
}

void session::on(actors::refused event) {
  count_refused(event);
  feed(event);
}
void session::on(actors::admitted event) {
  count_told(event.id, event.prompt_tokens);
  feed(event);
}
void session::on(actors::generated event) {
  if (!event.of_prompt) count_told(event.id, static_cast<double>(event.tokens.size()));
  feed(std::move(event));
}
void session::on(actors::choice_ended event) {
  feed(event);
}
void session::on(actors::ended event) {
  count_spent(event);
  feed(event);
}

void session::sent_by_exchange(std::string_view bytes) {
  if (exchange_ && exchange_->finished()) count_response(exchange_->status());
  if (!bytes.empty()) {
    if (alarms_.is_set(alarm::ping)) alarms_.set(alarm::ping, time().now() + limits().stream_ping);
    send(bytes);
  }
  if (!exchange_ || !exchange_->finished()) return;
  const bool keep_alive = exchange_->frame().keep_alive;
  constexpr int ours_from = 429;  // nothing came of it, and not for its own fault
  if (exchange_->status() >= ours_from) hold_.give_back();
  if (!exchange_->running().empty()) hold_ = {};  // broken off: what it has used is not known
  cancel_running();
  exchange_.reset();
  alarms_.clear(alarm::ping);
  alarms_.clear(alarm::request);
  after_answer(keep_alive);
}

void session::cancel_running() {
  if (!exchange_) return;
  for (const actors::request_id id : exchange_->running()) setup_->core.ingress.notify(actors::cancel{id});
}

}  // namespace hawser::net
