#include "net/pages.hpp"
#include "net/predict_conversation.hpp"
#include "net/response_conversation.hpp"
#include "net/route_conversation.hpp"
#include "net/session.hpp"
#include "net/web_handshake.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace hawser::net {

const added_socket* session::added_socket_of(const http_request& request) const {
  const std::string_view target = request.target;
  const auto& sockets = setup_->options.sockets;
  const auto found = std::ranges::find(sockets, target.substr(0, target.find('?')), &added_socket::path);
  // The same path may have both: pages for those who ask for none.
  const bool here =
      found != sockets.end() && (wants_web_socket(request) || added_route_of(request) == nullptr);
  return here ? &*found : nullptr;
}

void session::open_added(const added_socket& where, const http_request& request, const reply_frame& frame) {
  const std::size_t mark = request.target.find('?');
  const std::string query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  open_talk(std::make_unique<route_conversation>(
                where, route_conversation::opening{setup_->core.ids->next(), query, frame.request_id}),
            request, frame);
}

std::optional<endpoint> session::own_socket_of(const http_request& request) {
  if (request.method != "GET" || !wants_web_socket(request)) return std::nullopt;
  const auto found = find_route(request.target);
  const bool one = found && (found->to == endpoint::predict || found->to == endpoint::responses);
  return one ? std::optional(found->to) : std::nullopt;
}

void session::open_own(endpoint where, const http_request& request, const reply_frame& frame) {
  const api_error e = not_serving(setup_->core.state->now.load(std::memory_order_acquire));
  if (e.status != 0) return respond(frame, e);
  std::unique_ptr<conversation> about;
  if (where == endpoint::responses) {
    about = std::make_unique<response_conversation>(limits(), setup_->core.memory);
  } else {
    about = std::make_unique<predict_conversation>(limits());
  }
  open_talk(std::move(about), request, frame);
}

void session::open_talk(std::unique_ptr<conversation> about, const http_request& request,
                        const reply_frame& frame) {
  const auto accept = judge_handshake(request, setup_->options.origins);
  if (!accept) return respond(frame, accept.error());
  if (draining_)
    return respond(frame, unavailable("the server is stopping", "stopping", std::chrono::seconds(5)));
  std::string bytes;
  append_switch(bytes, frame, *accept);
  count_response(101);
  tell_answered();
  alarms_.clear(alarm::header);
  alarms_.clear(alarm::idle);
  const runtime::time_point now = time().now();
  label_ = frame.request_id;
  held_ = false;
  talk::host& here = *this;
  talk_ = std::make_unique<talk>(limits().web, std::move(about), now, here);
  state_ = state::talking;
  talk_->hear(reader_.take_rest(), now);
  send(bytes);
  serve_talk();
}

void session::ask_socket(const added_socket& whom, socket_call what, talk::reply_taker done) {
  ask(whom.to, std::move(what), whom.within,
      [this, done = std::move(done)](boost::system::error_code ec, socket_reply reply) {
        if (!talk_) return;
        done(ec, std::move(reply));
        serve_talk();
        settle();
      });
}

void session::work_elsewhere(std::function<socket_request()> work, std::function<void(socket_request)> done) {
  boost::asio::post(setup_->heavy, [this, work = std::move(work), done = std::move(done), setup = setup_,
                                    back = executor()] {
    socket_request made;
    try {
      made = work();
    } catch (const std::bad_alloc&) {
      made.job =
          unavailable("there is no memory for this request now", "overloaded", std::chrono::seconds(1));
    }
    boost::asio::post(back, [this, done, made = std::move(made)]() mutable {
      if (!talk_) return;
      done(std::move(made));
      serve_talk();
      settle();
    });
  });
}

outcome<actors::request_id> session::start_request(actors::generation_spec what) {
  if (const auto may = judge_rank(caller_, what.rank); !may) return may.error();
  quota_hold hold;
  if (auto no = take_quota(expected_tokens(what), hold)) return std::move(*no);
  const actors::request_id id = setup_->core.ids->next();
  what.deadline = std::min(what.deadline, time().now() + limits().request_time);
  const runtime::told told = setup_->core.ingress.tell(
      actors::generate{id, label_, tenant(), std::move(what), self(), false, share(), trace_});
  if (told != runtime::told::accepted) hold.give_back();
  if (told == runtime::told::full)
    return unavailable("too many requests are waiting", "overloaded", std::chrono::seconds(1));
  if (told != runtime::told::accepted)
    return unavailable("the server is stopping", "stopping", std::chrono::seconds(5));
  holds_.emplace_back(id, std::move(hold));
  if (held_) setup_->core.ingress.notify(actors::hold{id, true});
  return outcome<actors::request_id>(boost::system::in_place_value, id);
}

void session::cancel_request(actors::request_id id) {
  setup_->core.ingress.notify(actors::cancel{id});
}

void session::serve_talk() {
  send_talk();  // what was said already counts before more is asked for
  if (!talk_) return;
  if (out_.size() <= limits().unread_output) talk_->serve();
  if (draining_ && talk_->rests()) talk_->close(web_close::going_away, "the server is stopping");
  send_talk();
  if (!talk_) return;
  if (talk_->over()) return begin_close();
  alarms_.set(alarm::talk, talk_->wakes());
}

void session::send_talk() {
  if (!talk_) return;
  if (const std::string bytes = talk_->take_output(); !bytes.empty()) send(bytes);
}

void session::end_talk() noexcept {
  alarms_.clear(alarm::talk);
  if (talk_) {
    for (const actors::request_id id : talk_->running()) cancel_request(id);
  }
  holds_.clear();
  if (const auto gone = std::exchange(talk_, nullptr)) gone->end();
}

}  // namespace hawser::net
