/// Accepts connections, within bounds, and knows which are open.
#pragma once

#include "net/error.hpp"
#include "net/session.hpp"
#include "runtime/actor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser::net {

struct start_accepting {};
struct session_gone {
  std::uint64_t number = 0;
};
/// No new connections; `done` is called, once, when the last one has closed.
struct stop_accepting {
  std::function<void()> done;
};

class listener final : public runtime::actor<listener, start_accepting, session_gone, stop_accepting> {
 public:
  listener(runtime::home where, std::shared_ptr<session_setup> setup, boost::asio::io_context& io,
           boost::asio::ip::tcp::acceptor acceptor);
  ~listener() override;

  void on(start_accepting);
  void on(session_gone gone);
  void on(stop_accepting stop);

 private:
  struct connection {
    session::address_type who;
    boost::asio::ip::address from;
    bool counted = false;  ///< against its address
  };

  void wait();
  void accept_some();
  void pause();
  void turn_one_away();
  void take(boost::asio::ip::tcp::socket socket);
  void turn_away(boost::asio::ip::tcp::socket socket);
  [[nodiscard]] bool is_exempt(const boost::asio::ip::address& from) const;
  void end_if_empty();

  std::shared_ptr<session_setup> setup_;
  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::address> trusted_;
  std::unordered_map<std::uint64_t, connection> open_;
  std::unordered_map<std::string, std::uint32_t> by_address_;
  std::uint64_t next_ = 0;
  std::unique_ptr<boost::asio::ip::tcp::socket>
      spare_;  // a file descriptor kept for the day when there are none
  runtime::timer pause_;
  std::chrono::milliseconds pause_time_{0};
  std::function<void()> done_;
  bool stopping_ = false;
};

/// An acceptor that listens, or why not.
[[nodiscard]] result<boost::asio::ip::tcp::acceptor> listen(boost::asio::io_context& io,
                                                            const std::string& host, std::uint16_t port,
                                                            int backlog);

}  // namespace hawser::net
