#include "net/web_socket.hpp"

#include <algorithm>
#include <utility>

namespace hawser::net {

web_socket::web_socket(const web_rules& rules, runtime::time_point now)
    : rules_(rules), reader_(rules), heard_(now), pinged_(now) {}

void web_socket::hear(std::string_view bytes, runtime::time_point now, std::string& out) {
  if (over_) return;
  heard_ = pinged_ = now;
  reader_.add(bytes);
  read(out);
}

void web_socket::read(std::string& out) {
  while (wants_bytes()) {
    switch (reader_.next()) {
    case web_frame_reader::step::more:
      return;
    case web_frame_reader::step::message:
      inbox_.push_back(reader_.take());
      break;
    case web_frame_reader::step::ping:
      append_pong(out, reader_.take().data);
      break;
    case web_frame_reader::step::pong:
      break;
    case web_frame_reader::step::close:
      append_close(out, reader_.code(), {});  // the same code back
      return end();
    case web_frame_reader::step::refused:
      append_close(out, reader_.code(), reader_.why());
      return end();
    }
  }
}

void web_socket::end() noexcept {
  over_ = true;
  inbox_.clear();
}

std::optional<web_message> web_socket::take(std::string& out) {
  if (inbox_.empty()) return std::nullopt;
  web_message first = std::move(inbox_.front());
  inbox_.pop_front();
  read(out);
  return first;
}

void web_socket::say(const web_message& what, std::string& out) {
  if (!over_) append_message(out, what);
}

void web_socket::close(web_close code, std::string_view why, std::string& out) {
  if (over_) return;
  append_close(out, code, why);
  end();
}

runtime::time_point web_socket::wakes() const noexcept {
  if (over_) return runtime::time_point::max();
  runtime::time_point next = runtime::time_point::max();
  if (rules_.ping_every.count() > 0) next = pinged_ + rules_.ping_every;
  if (rules_.dead_after.count() > 0) next = std::min(next, heard_ + rules_.dead_after);
  return next;
}

void web_socket::tick(runtime::time_point now, std::string& out) {
  if (over_) return;
  // Whom nobody listens to is not dead.
  if (!wants_bytes()) heard_ = now;
  if (rules_.dead_after.count() > 0 && now >= heard_ + rules_.dead_after)
    return close(web_close::going_away, "nothing was heard from here for too long", out);
  if (rules_.ping_every.count() == 0 || now < pinged_ + rules_.ping_every) return;
  append_ping(out);
  pinged_ = now;
}

}  // namespace hawser::net
