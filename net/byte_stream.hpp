/// The bytes of one connection, as a session sees them: a socket, or a simulated one.
#pragma once

#include "runtime/actor_executor.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace hawser::net {

/// Used on its session's turns only. Readiness, not completion: nothing in flight owns a buffer, so an idle
/// connection has none.
class byte_stream {
 public:
  class owner {
   public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

   protected:
    ~owner() = default;
  };

  virtual ~byte_stream() = default;

  /// Before anything else; the owner is called on `where`, and outlives the stream.
  virtual void attach(owner& to, runtime::actor_executor where) = 0;
  /// Never waits. boost::asio::error::would_block: nothing now; eof: the peer has finished writing.
  [[nodiscard]] virtual std::size_t read_some(std::span<char> into, boost::system::error_code& ec) = 0;
  [[nodiscard]] virtual std::size_t write_some(std::string_view bytes, boost::system::error_code& ec) = 0;
  /// One call of the owner when a read (a write) may do something, or the connection has failed.
  virtual void wait_readable() = 0;
  virtual void wait_writable() = 0;
  /// The peer sees the end of what was written.
  virtual void finish_writing() noexcept = 0;
  /// `reset`: what was not read is thrown away at once.
  virtual void close(bool reset) noexcept = 0;
};

}  // namespace hawser::net
