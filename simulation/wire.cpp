#include "simulation/wire.hpp"

#include <algorithm>
#include <utility>

namespace hawser::simulation {

wire::wire(runtime::clock& time, runtime::dice chance, wire_habits habits)
    : time_(time), chance_(chance), habits_(habits), peer_(std::make_shared<peer>()) {
  peer_->room = habits_.window;
  peer_->piece = habits_.piece;
  peer_->changed = [this] { server_changed(); };
}

wire::~wire() {
  peer_->changed = nullptr;
}

runtime::duration wire::delay() noexcept {
  const auto spread = static_cast<std::uint32_t>((habits_.slowest - habits_.quickest).count());
  return habits_.quickest + runtime::duration(chance_.below(spread + 1));
}

void wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), habits_.piece));
    const std::uint32_t length = chance_.one_in(2) ? most : chance_.between(1, most);
    post(what::bytes, bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
}

void wire::finish() {
  post(what::end, {});
}

void wire::reset() {
  post(what::reset, {});
}

void wire::post(what kind, std::string_view bytes) {
  if (ended_) return;
  runtime::time_point due = time_.now() + delay();
  if (!outgoing_.empty()) due = std::max(due, outgoing_.back().due);
  outgoing_.push_back({kind, due, std::string(bytes)});
  if (outgoing_.size() == 1) delivery_ = time_.call_at(due, [this] { deliver(); });
}

// All that is due arrives together, so that pieces are merged as well as split.
void wire::deliver() {
  const runtime::time_point now = time_.now();
  while (!outgoing_.empty() && outgoing_.front().due <= now) {
    const parcel next = std::move(outgoing_.front());
    outgoing_.pop_front();
    if (silent_) continue;
    arrived_ = now;
    replied_ = false;
    peer_->to_server += next.bytes;
    if (next.kind == what::end) peer_->finished = true;
    if (next.kind == what::reset) peer_->broken = true;
  }
  peer_->wake();
  if (!outgoing_.empty()) delivery_ = time_.call_at(outgoing_.front().due, [this] { deliver(); });
}

void wire::server_changed() {
  if (!replied_) reply_time_ = time_.now() - arrived_;
  replied_ = true;
  if (!pumping_) schedule_pump(delay());
}

void wire::schedule_pump(runtime::duration wait) {
  pumping_ = true;
  pump_ = time_.call_after(wait, [this] { pump(); });
}

void wire::pump() {
  pumping_ = false;
  if (silent_ || ended_) return;
  if (peer_->reset) {
    ended_ = true;
    if (on_end) on_end(true);
    return;
  }
  if (!reads_) return;
  std::string& bytes = peer_->from_server;
  if (!bytes.empty()) {
    const std::string taken = bytes.substr(0, habits_.read);
    bytes.erase(0, taken.size());
    peer_->room += taken.size();
    if (on_bytes) on_bytes(taken);
    peer_->wake();
  }
  const bool over = peer_->server_finished || peer_->closed;
  if (!bytes.empty()) {
    schedule_pump(std::max(habits_.read_pause, delay()));
  } else if (over && !ended_) {
    ended_ = true;
    if (on_end) on_end(false);
  }
}

}  // namespace hawser::simulation
