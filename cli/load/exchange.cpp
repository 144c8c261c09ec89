#include "cli/load/exchange.hpp"

#include "cli/load/prompt_text.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace hawser::load {

namespace {

namespace asio = boost::asio;

/// A client that leaves before the first text leaves so soon.
constexpr auto short_stay = std::chrono::milliseconds(20);
/// A client that does not obey Retry-After.
constexpr auto impatient = std::chrono::milliseconds(100);

}  // namespace

bool connection_pool::take(tcp::socket& into) {
  if (idle_.empty()) return false;
  into = std::move(idle_.back());
  idle_.pop_back();
  return true;
}

exchange::exchange(exchange_context& in, planned_request what, std::vector<said> before, histogram& gaps,
                   over on_over)
    : in_(in), what_(std::move(what)), before_(std::move(before)), gaps_(gaps), on_over_(std::move(on_over)),
      socket_(in.io), timer_(in.io) {}

std::chrono::nanoseconds exchange::now() const {
  return std::chrono::steady_clock::now() - in_.start;
}

void exchange::start(std::chrono::nanoseconds intended) {
  result_.of_class = what_.of_class;
  result_.intended = intended;
  result_.streamed = what_.stream;
  append_prompt(asked_, what_, in_.options.classes[what_.of_class]);
  attempt();
}

void exchange::attempt() {
  ++attempt_;
  ++result_.attempts;
  result_.sent = now();
  result_.accepted = false;
  watch_.begin(what_.turns > 1, gaps_);
  out_ = request_text(in_.options.to, what_, in_.options.classes[what_.of_class], before_, asked_,
                      in_.options.deadline);
  watch_patience();
  reused_ = in_.options.keep_alive && in_.pool.take(socket_);
  if (reused_)
    write();
  else
    connect();
}

void exchange::watch_patience() {
  const bool leaves = what_.leaves && what_.leave_after == 0;
  timer_.expires_after(leaves ? std::chrono::nanoseconds(short_stay) : in_.options.patience);
  timer_.async_wait([self = shared_from_this(), leaves, n = attempt_](const error_code& failed) {
    if (!failed && n == self->attempt_) self->cut(leaves ? ending::left : ending::timed_out);
  });
}

void exchange::connect() {
  socket_ = tcp::socket(in_.io);
  socket_.async_connect(in_.where, [self = shared_from_this(), n = attempt_](const error_code& failed) {
    if (self->over_ || n != self->attempt_) return;
    if (failed) return self->finish(ending::unreachable);
    error_code ignored;
    self->socket_.set_option(tcp::no_delay(true), ignored);
    self->write();
  });
}

void exchange::write() {
  writing_ = true;
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this(), n = attempt_](const error_code& failed, std::size_t) {
                      // A server may refuse before it has read everything: what it says then is to be read.
                      if (self->over_ || n != self->attempt_) return;
                      self->writing_ = false;
                      if (!failed) return;
                      if (failed != asio::error::broken_pipe && failed != asio::error::connection_reset)
                        self->lost(failed);
                    });
  read();
}

void exchange::read() {
  socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this(),
                                                  n = attempt_](const error_code& failed, std::size_t bytes) {
    if (!self->over_ && n == self->attempt_) self->took(failed, bytes);
  });
}

void exchange::took(const error_code& failed, std::size_t bytes) {
  if (failed) return lost(failed);
  const auto verdict = watch_.feed({buffer_.data(), bytes}, now(), result_);
  if (verdict == answer_watch::verdict::over) return concluded();
  if (what_.leaves && watch_.pieces() > what_.leave_after) return cut(ending::left);
  read();
}

void exchange::lost(const error_code& failed) {
  // The server may have closed an idle connection while this request was on its way to it: not the server's
  // fault.
  if (reused_ && watch_.http().untouched()) {
    ++attempt_;
    reused_ = false;
    watch_patience();
    return connect();
  }
  if (failed != asio::error::eof) return finish(ending::reset);
  watch_.at_end(now(), result_);
  concluded();
}

void exchange::concluded() {
  const response_head& head = watch_.http().head();
  if (in_.options.keep_alive && head.keep_alive && !writing_ && result_.how != ending::truncated)
    in_.pool.put(std::move(socket_));
  else
    socket_ = tcp::socket(in_.io);
  const bool refused = result_.how == ending::quota || result_.how == ending::overload;
  if (result_.waited_as_told && result_.attempts == 2) result_.back_admitted = !refused;
  if (refused && result_.attempts <= in_.options.retries) return come_back();
  finish(result_.how);
}

void exchange::come_back() {
  ++attempt_;
  std::chrono::nanoseconds wait = impatient;
  if (what_.obeys && watch_.http().head().retry_after) {
    wait = std::max(wait, *watch_.http().head().retry_after);
    result_.waited_as_told = true;
  }
  timer_.expires_after(wait);
  timer_.async_wait([self = shared_from_this()](const error_code& failed) {
    if (!failed && !self->over_) self->attempt();
  });
}

void exchange::cut(ending how) {
  if (over_) return;
  finish(how);
}

void exchange::finish(ending how) {
  if (over_) return;
  over_ = true;
  result_.how = how;
  result_.ended = std::max(now(), result_.intended);
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  // The caller may drop the last owner while it is told.
  const auto keep = shared_from_this();
  std::exchange(on_over_, nullptr)(*this);
}

std::vector<said> exchange::conversation() && {
  before_.push_back({std::move(asked_), watch_.text()});
  return std::move(before_);
}

}  // namespace hawser::load
