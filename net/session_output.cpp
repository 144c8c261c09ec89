#include "net/session.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace hawser::net {

void session::respond(const reply_frame& frame, const response& what) {
  std::string bytes;
  append_response(bytes, frame, what);
  count_response(what.status);
  send(bytes);
  after_answer(frame.keep_alive);
}

void session::refuse_and_close(const api_error& e) {
  reply_frame frame;
  frame.request_id = "req-" + setup_->luck.id();
  respond(frame, e);
}

void session::after_answer(bool keep_alive) {
  hold_.settle(spent_);
  tell_answered();
  if (state_ >= state::closing) return;
  if (!keep_alive || draining_) return begin_close();
  state_ = state::reading;
}

void session::send(std::string_view bytes) {
  if (state_ == state::closed) return;
  // What the socket takes at once is not copied.
  if (out_.empty() && !waiting_write_) {
    boost::system::error_code ec;
    const std::size_t sent = stream_->write_some(bytes, ec);
    if (ec && ec != boost::asio::error::would_block) return finish_close(false);
    bytes.remove_prefix(ec ? 0 : sent);
  }
  out_.add(bytes);
  flush();
}

void session::flush() {
  bool progress = false;
  while (!out_.empty()) {
    boost::system::error_code ec;
    const std::size_t sent = stream_->write_some(out_.front(), ec);
    if (ec == boost::asio::error::would_block) {
      if (!std::exchange(waiting_write_, true)) stream_->wait_writable();
      break;
    }
    if (ec) return finish_close(false);
    out_.consume(sent);
    progress = true;
  }
  watch_output(progress);
  if (state_ != state::closing || !out_.empty()) return;
  if (peer_finished_) return finish_close(false);
  // The socket stays until the client has read the answer: closing it on unread input would reset the
  // connection.
  stream_->finish_writing();
  state_ = state::lingering;
  alarms_.clear_all();
  alarms_.set(alarm::linger, time().now() + limits().linger_time);
}

void session::watch_output(bool progress) {
  const std::size_t held = out_.size();
  if (held == 0 && counted_unread_ == 0) {  // a stream whose reader is there
    alarms_.clear(alarm::stalled);
    alarms_.clear(alarm::unread);
    return hold_answer(false);
  }
  const std::size_t total =
      setup_->counters.unread.fetch_add(held - counted_unread_, std::memory_order_relaxed) + held -
      counted_unread_;
  counted_unread_ = held;
  const runtime::time_point now = time().now();
  if (held == 0) {
    alarms_.clear(alarm::stalled);
  } else if (progress || !alarms_.is_set(alarm::stalled)) {
    alarms_.set(alarm::stalled, now + limits().stalled_time);
  }
  if (held > limits().unread_output) {
    if (!alarms_.is_set(alarm::unread)) alarms_.set(alarm::unread, now + limits().slow_reader_time);
    hold_answer(true);
  } else if (held <= limits().unread_output / 2) {
    alarms_.clear(alarm::unread);
    hold_answer(false);
  }
  // Tokens that were on their way come still, so what may pile up is bounded as well.
  const bool streams = talk_ ? !talk_->running().empty() : exchange_ && exchange_->streams();
  const bool far_over = streams && held > 4 * limits().unread_output;
  const bool too_much_in_all = total > limits().unread_total && held > limits().unread_output / 4;
  if (far_over || too_much_in_all) drop_slow_reader();
}

// What this connection holds beside its own objects.
void session::count_memory() noexcept {
  const bool over = state_ == state::closed;
  const std::size_t body = reader_.reading_body() ? reader_.body_bytes() : 0;
  const std::size_t now = over ? 0 : out_.size() + reader_.buffered() + body + parsing_bytes_;
  setup_->core.memory->change(actors::memory_owner::buffers, std::exchange(counted_memory_, now), now);
}

void session::hold_answer(bool held) {
  const bool streams = talk_ || (exchange_ && exchange_->streams());
  if (!streams || std::exchange(held_, held) == held) return;
  for (const actors::request_id id : talk_ ? talk_->running() : exchange_->running())
    setup_->core.ingress.notify(actors::hold{id, held});
}

void session::drop_slow_reader() {
  setup_->counters.slow_readers.fetch_add(1, std::memory_order_relaxed);
  finish_close(true);
}

void session::on_writable() {
  waiting_write_ = false;
  if (state_ == state::closed) return;
  flush();
  pull_part();
  serve_talk();
  process();
  settle();
}

void session::begin_close() {
  if (state_ >= state::closing) return;
  end_talk();
  state_ = state::closing;
  alarms_.clear(alarm::header);
  alarms_.clear(alarm::body);
  alarms_.clear(alarm::rate);
  alarms_.clear(alarm::idle);
  flush();
}

// A client that closes its side while its answer is being made is gone, as far as anybody can tell without
// writing.
void session::peer_finished() {
  peer_finished_ = true;
  if (state_ == state::answering || state_ == state::parsing || state_ == state::talking)
    return finish_close(false);
  if (state_ == state::reading) return begin_close();
  if (state_ == state::lingering) return finish_close(false);
  draining_ = true;  // asking or closing: one answer is on its way, and it is the last
}

void session::finish_close(bool reset) {
  if (state_ == state::closed) return;
  const bool unanswered = state_ == state::answering || state_ == state::parsing;
  if (unanswered && !reset) setup_->counters.disconnects.fetch_add(1, std::memory_order_relaxed);
  cancel_running();
  end_talk();
  exchange_.reset();
  frame_.reset();
  hold_ = {};
  if (asked_ && asked_->status == 0) asked_->status = 499;  // as nginx's log says it: the client left
  tell_answered();
  state_ = state::closed;
  alarms_.clear_all();
  timer_.cancel();
  out_.release();
  setup_->counters.unread.fetch_sub(std::exchange(counted_unread_, 0), std::memory_order_relaxed);
  count_memory();
  stream_->close(reset);
  close();
}

void session::settle() {
  if (state_ == state::closed) return;
  count_memory();
  if (!waiting_read_ && may_read()) {
    waiting_read_ = true;
    stream_->wait_readable();
  }
  const runtime::time_point next = alarms_.earliest();
  // A timer that fires too early only looks again: most deadlines move away before they come.
  if (next >= armed_) return;
  armed_ = next;
  timer_ = after(next - time().now(), [this] { on_alarm(); });
}

void session::on_alarm() {
  armed_ = runtime::time_point::max();
  const runtime::time_point now = time().now();
  while (const auto due = alarms_.take_due(now)) handle(*due);
  settle();
}

void session::handle(alarm which) {
  const auto too_late = [this](std::string message) {
    api_error e = bad_field({}, std::move(message));
    e.status = 408;
    refuse_and_close(e);
  };
  switch (which) {
  case alarm::header:
    // Nothing was asked, so nothing is answered.
    return reader_.begun() ? too_late("the request's header did not come in time") : begin_close();
  case alarm::body:
    return too_late("the request's body did not come in time");
  case alarm::rate:
    return check_body_rate();
  case alarm::idle:
    return begin_close();
  case alarm::unread:
  case alarm::stalled:
    return drop_slow_reader();
  case alarm::linger:
    return finish_close(false);
  case alarm::talk:
    talk_->tick(time().now());
    return serve_talk();
  case alarm::ping:
  case alarm::request:
    break;
  }
  if (!exchange_) return;
  std::string bytes;
  if (which == alarm::ping) {
    alarms_.set(alarm::ping, time().now() + limits().stream_ping);
    exchange_->ping(bytes);
  } else {
    api_error e = unavailable("the answer took longer than the server allows", "deadline_exceeded", {});
    e.status = 504;
    e.should_retry = false;
    exchange_->fail(e, bytes);
  }
  sent_by_exchange(bytes);
  process();
}

}  // namespace hawser::net
