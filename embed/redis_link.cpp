#include "embed/redis_link.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <string_view>
#include <utility>

namespace hawser::embed {
namespace {

redis_reply copy_of(const redisReply& from) {
  redis_reply made;
  const std::string_view text =
      from.str == nullptr ? std::string_view() : std::string_view(from.str, from.len);
  switch (from.type) {
  case REDIS_REPLY_STRING:
  case REDIS_REPLY_STATUS:
    made.what = redis_reply::kind::text;
    made.text = text;
    break;
  case REDIS_REPLY_INTEGER:
    made.what = redis_reply::kind::text;
    made.text = std::to_string(from.integer);
    break;
  case REDIS_REPLY_NIL:
    made.what = redis_reply::kind::nothing;
    break;
  case REDIS_REPLY_ARRAY:
    made.what = redis_reply::kind::list;
    for (std::size_t i = 0; i < from.elements; ++i) made.items.push_back(copy_of(*from.element[i]));
    break;
  default:
    made.text = text;
    break;
  }
  return made;
}

struct question {
  redis_link::heard done;
  std::size_t bytes = 0;
  std::size_t* waiting = nullptr;
};

// hiredis calls it once for each command, without a reply when the connection ends.
void on_reply(redisAsyncContext*, void* reply, void* mine) {
  const std::unique_ptr<question> of(static_cast<question*>(mine));
  *of->waiting -= of->bytes;
  of->done(reply == nullptr ? redis_reply{} : copy_of(*static_cast<const redisReply*>(reply)));
}

}  // namespace

/// Joins hiredis's wishes to read and write with Asio's readiness.
struct redis_link::wire : std::enable_shared_from_this<redis_link::wire> {
  wire(boost::asio::io_context& io, runtime::actor_executor whose) : socket(io), on(std::move(whose)) {}

  boost::asio::posix::stream_descriptor socket;
  runtime::actor_executor on;
  redisAsyncContext* context = nullptr;
  bool wants_read = false;
  bool wants_write = false;
  bool waits_read = false;
  bool waits_write = false;
  std::size_t waiting_bytes = 0;

  void wait_read() {
    wants_read = true;
    if (context == nullptr || std::exchange(waits_read, true)) return;
    socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      boost::asio::bind_executor(on, [mine = weak_from_this()](boost::system::error_code ec) {
                        if (const auto self = mine.lock()) self->readable(ec);
                      }));
  }
  void wait_write() {
    wants_write = true;
    if (context == nullptr || std::exchange(waits_write, true)) return;
    socket.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                      boost::asio::bind_executor(on, [mine = weak_from_this()](boost::system::error_code ec) {
                        if (const auto self = mine.lock()) self->writable(ec);
                      }));
  }
  // The context may be gone after each of hiredis's functions.
  void readable(boost::system::error_code ec) {
    waits_read = false;
    if (ec || context == nullptr || !wants_read) return;
    redisAsyncHandleRead(context);
    if (context != nullptr && wants_read) wait_read();
  }
  void writable(boost::system::error_code ec) {
    waits_write = false;
    if (ec || context == nullptr || !wants_write) return;
    redisAsyncHandleWrite(context);
    if (context != nullptr && wants_write) wait_write();
  }
  // hiredis closes the descriptor itself.
  void forget() {
    context = nullptr;
    wants_read = wants_write = false;
    if (socket.is_open()) socket.release();
  }
};

redis_link::redis_link(boost::asio::io_context& io, runtime::actor_executor on)
    : io_(io), on_(std::move(on)), wire_(std::make_shared<wire>(io_, on_)) {}

redis_link::~redis_link() {
  close();
}

bool redis_link::open(const std::string& address, std::uint16_t port) {
  close();
  // What was begun on the one before does not touch this one.
  wire_ = std::make_shared<wire>(io_, on_);
  redisAsyncContext* const made = redisAsyncConnect(address.c_str(), port);
  if (made == nullptr) return false;
  if (made->err != 0) {
    redisAsyncFree(made);
    return false;
  }
  wire& w = *wire_;
  w.context = made;
  w.socket.assign(made->c.fd);
  made->ev.data = &w;
  made->ev.addRead = [](void* at) { static_cast<wire*>(at)->wait_read(); };
  made->ev.delRead = [](void* at) { static_cast<wire*>(at)->wants_read = false; };
  made->ev.addWrite = [](void* at) { static_cast<wire*>(at)->wait_write(); };
  made->ev.delWrite = [](void* at) { static_cast<wire*>(at)->wants_write = false; };
  made->ev.cleanup = [](void* at) { static_cast<wire*>(at)->forget(); };
  // It learns by writing that it is connected.
  w.wait_write();
  return true;
}

void redis_link::close() {
  if (wire_->context != nullptr) redisAsyncFree(wire_->context);
}

bool redis_link::is_open() const noexcept {
  return wire_->context != nullptr;
}

void redis_link::send(const std::vector<std::string>& words, heard done) {
  if (!is_open()) return done({});
  auto mine = std::make_unique<question>(question{std::move(done), 0, &wire_->waiting_bytes});
  std::vector<const char*> at;
  std::vector<std::size_t> lengths;
  for (const std::string& word : words) {
    at.push_back(word.data());
    lengths.push_back(word.size());
    mine->bytes += word.size();
  }
  wire_->waiting_bytes += mine->bytes;
  question* const asked = mine.release();
  if (redisAsyncCommandArgv(wire_->context, on_reply, asked, static_cast<int>(at.size()), at.data(),
                            lengths.data()) != REDIS_OK) {
    on_reply(nullptr, nullptr, asked);
  }
}

std::size_t redis_link::waiting_bytes() const noexcept {
  return wire_->waiting_bytes;
}

}  // namespace hawser::embed
