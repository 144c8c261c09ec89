#include "net/route_conversation.hpp"
#include "net/session.hpp"
#include "net/web_handshake.hpp"

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

void session::open_talk(const added_socket& where, const http_request& request, reply_frame frame) {
  const auto accept = judge_handshake(request, setup_->options.origins);
  if (!accept) return respond(frame, accept.error());
  if (draining_)
    return respond(frame, unavailable("the server is stopping", "stopping", std::chrono::seconds(5)));
  const std::size_t mark = request.target.find('?');
  const std::string query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  auto about = std::make_unique<route_conversation>(
      where, route_conversation::opening{setup_->core.ids->next(), query, frame.request_id});
  auto asker = [this](const added_socket& whom, socket_call what, talk::reply_taker done) {
    ask(whom.to, std::move(what), whom.within,
        [this, done = std::move(done)](boost::system::error_code ec, socket_reply reply) {
          if (!talk_) return;
          done(ec, std::move(reply));
          serve_talk();
          settle();
        });
  };
  std::string bytes;
  append_switch(bytes, frame, *accept);
  setup_->counters.count_response(101);
  alarms_.clear(alarm::header);
  alarms_.clear(alarm::idle);
  const runtime::time_point now = time().now();
  talk_ = std::make_unique<talk>(limits().web, std::move(about), now, std::move(asker));
  state_ = state::talking;
  talk_->hear(reader_.take_rest(), now);
  send(bytes);
  serve_talk();
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
  if (const auto gone = std::exchange(talk_, nullptr)) gone->end();
}

}  // namespace hawser::net
