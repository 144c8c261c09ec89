#include "net/route_conversation.hpp"

#include <utility>

namespace hawser::net {

route_conversation::route_conversation(const added_socket& where, opening how)
    : where_(where), how_(std::move(how)) {}

void route_conversation::begin(line& on) {
  socket_call first;
  first.what = socket_event::opened;
  first.path = where_.path;
  first.query = std::move(how_.query);
  first.request_id = how_.request_id;
  ask(on, std::move(first));
}

void route_conversation::hear(line& on, web_message what) {
  socket_call next;
  next.what = socket_event::message;
  next.message = std::move(what);
  ask(on, std::move(next));
}

void route_conversation::go_on(line& on) {
  if (asked_ || !more_) return;
  more_ = false;
  socket_call next;
  next.what = socket_event::more;
  ask(on, std::move(next));
}

void route_conversation::end() {
  socket_call last;
  last.socket = how_.socket;
  last.what = socket_event::closed;
  where_.to.notify(std::move(last));
}

void route_conversation::ask(line& on, socket_call what) {
  asked_ = true;
  what.socket = how_.socket;
  on.ask(where_, std::move(what), [this, &on](boost::system::error_code ec, const socket_reply& reply) {
    asked_ = false;
    answered(on, ec, reply);
  });
}

void route_conversation::answered(line& on, boost::system::error_code ec, const socket_reply& reply) {
  if (ec == runtime::errc::late) return on.close(web_close::internal, "what answers here took too long");
  if (ec) return on.close(web_close::internal, "what answers here has failed: " + ec.message());
  if (reply.message) on.say(*reply.message);
  if (reply.close != 0) {
    const bool may = is_close_code(reply.close);
    return on.close(may ? static_cast<web_close>(reply.close) : web_close::normal, reply.reason);
  }
  more_ = more_ || reply.more;
}

}  // namespace hawser::net
