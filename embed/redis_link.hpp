/// One connection to Redis on Asio, without a thread and without waiting (hiredis's asynchronous interface).
#pragma once

#include "runtime/actor_executor.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hawser::embed {

struct redis_reply {
  enum class kind : std::uint8_t {
    failed,   ///< no connection any more, or an error that Redis says in `text`
    nothing,  ///< nil
    text,     ///< a string, a status or a number, in `text`
    list,     ///< in `items`
  };
  kind what = kind::failed;
  std::string text{};
  std::vector<redis_reply> items{};
};

/// Used on the turns of one actor, whose executor it is given; there its callbacks run, too, and from close()
/// and the destructor.
class redis_link {
 public:
  using heard = std::function<void(redis_reply reply)>;

  redis_link(boost::asio::io_context& io, runtime::actor_executor on);
  redis_link(const redis_link&) = delete;
  redis_link& operator=(const redis_link&) = delete;
  ~redis_link();

  /// Begins to connect to a numeric address, in place of what there was. False: it cannot even be tried.
  [[nodiscard]] bool open(const std::string& address, std::uint16_t port);
  /// Every command that waits has failed.
  void close();
  [[nodiscard]] bool is_open() const noexcept;

  /// Sent as soon as there is a connection; `done` is called exactly once.
  void send(const std::vector<std::string>& words, heard done);
  /// Bytes of commands that have no reply yet.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept;

 private:
  struct wire;
  boost::asio::io_context& io_;
  runtime::actor_executor on_;
  std::shared_ptr<wire> wire_;
};

}  // namespace hawser::embed
