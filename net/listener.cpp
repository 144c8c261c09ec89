#include "net/listener.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace hawser::net {
namespace {

using boost::system::error_code;

bool is_local(const boost::asio::ip::address& from) {
  return from.is_loopback() ||
         (from.is_v6() && from.to_v6().is_v4_mapped() &&
          boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, from.to_v6()).is_loopback());
}

std::string no_room() {
  std::string bytes;
  append_response(
      bytes, {},
      error_response(unavailable("too many connections", "connections", std::chrono::seconds(1)), {}));
  return bytes;
}

}  // namespace

listener::listener(runtime::home where, std::shared_ptr<session_setup> setup,
                   std::unique_ptr<byte_acceptor> door)
    : actor(where), setup_(std::move(setup)), door_(std::move(door)),
      limits_(setup_, &setup_->options.limits) {
  for (const std::string& text : setup_->options.trusted) {
    error_code ec;
    if (const auto address = boost::asio::ip::make_address(text, ec); !ec) trusted_.push_back(address);
  }
}

listener::~listener() = default;

void listener::on(start_accepting) {
  wait();
}

void listener::wait() {
  door_->wait(executor(), [this] {
    if (!stopping_) accept_some();
  });
}

void listener::accept_some() {
  constexpr int accepts_a_turn = 64;
  for (int i = 0; i < accepts_a_turn; ++i) {
    error_code ec;
    byte_acceptor::arrival who = door_->accept(ec);
    if (ec == boost::asio::error::would_block) break;
    if (out_of_resources(ec)) return pause();
    if (ec) continue;  // that one connection has gone again
    pause_time_ = {};
    try {
      take(std::move(who));
    } catch (const std::bad_alloc&) {  // one connection less, not the end of all
      return pause();
    }
  }
  wait();
}

void listener::pause() {
  constexpr std::chrono::milliseconds first(50);
  constexpr std::chrono::milliseconds longest(1000);
  // Otherwise the clients at the door would neither be let in nor told.
  if (door_->turn_one_away(no_room())) setup_->counters.turned_away.fetch_add(1, std::memory_order_relaxed);
  pause_time_ = std::clamp(pause_time_ * 2, first, longest);
  pause_ = after(pause_time_, [this] {
    if (!stopping_) accept_some();
  });
}

bool listener::is_exempt(const boost::asio::ip::address& from) const {
  return is_local(from) || std::ranges::find(trusted_, from) != trusted_.end();
}

void listener::take(byte_acceptor::arrival who) {
  const http_limits& limits = *limits_;
  setup_->counters.accepted.fetch_add(1, std::memory_order_relaxed);
  const bool full = open_.size() >= limits.connections;
  if (open_.size() >= std::size_t{limits.connections} + limits.reserved_connections)
    return turn_away(*who.stream);
  const bool counted = limits.connections_per_address > 0 && !is_exempt(who.from);
  if (counted) {
    const auto known = by_address_.find(who.from.to_string());
    if (known != by_address_.end() && known->second >= limits.connections_per_address)
      return turn_away(*who.stream);
  }
  const std::uint64_t number = next_++;
  auto gone = [to = self(), number](const runtime::terminated&) { to.notify(session_gone{number}); };
  auto made =
      runtime::spawn<session>(by(),
                              {.name = "session",
                               .mailbox = limits.session_mailbox,
                               .slow_handler = setup_->options.slow_handler,
                               .watcher = std::move(gone)},
                              setup_, std::move(who.stream), limits_, visitor{full, is_local(who.from)});
  if (counted) ++by_address_[who.from.to_string()];
  made.notify(begin_session{});
  open_.emplace(number, connection{std::move(made), who.from, counted});
}

void listener::turn_away(byte_stream& whom) {
  setup_->counters.turned_away.fetch_add(1, std::memory_order_relaxed);
  error_code ignored;
  (void)whom.write_some(no_room(), ignored);
  whom.finish_writing();
}

void listener::on(session_gone gone) {
  const auto found = open_.find(gone.number);
  if (found == open_.end()) return;
  if (found->second.counted) {
    const auto count = by_address_.find(found->second.from.to_string());
    if (--count->second == 0) by_address_.erase(count);
  }
  open_.erase(found);
  end_if_empty();
}

void listener::on(stop_accepting stop) {
  if (stopping_) return;
  stopping_ = true;
  done_ = std::move(stop.done);
  door_->close();
  for (const auto& [number, one] : open_) one.who.notify(drain_session{});
  pause_ = after(setup_->options.drain_time, [this] {
    for (const auto& [number, one] : open_) one.who.notify(hang_up{});
  });
  end_if_empty();
}

void listener::end_if_empty() {
  if (!stopping_ || !open_.empty()) return;
  pause_.cancel();
  if (const auto done = std::exchange(done_, nullptr)) done();
  close();
}

}  // namespace hawser::net
