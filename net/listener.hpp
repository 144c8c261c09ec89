/// Accepts connections, within bounds, and knows which are open.
#pragma once

#include "net/byte_acceptor.hpp"
#include "net/session.hpp"
#include "runtime/actor.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser::net {

struct start_accepting {};
/// Of those who connect from now on; where it listens, and how much its sockets hold, stays.
struct use_http_limits {
  std::shared_ptr<const http_limits> now;
};
struct session_gone {
  std::uint64_t number = 0;
};
/// No new connections; `done` is called, once, when the last one has closed.
struct stop_accepting {
  std::function<void()> done;
};

class listener final
    : public runtime::actor<listener, start_accepting, use_http_limits, session_gone, stop_accepting> {
 public:
  listener(runtime::home where, std::shared_ptr<session_setup> setup, std::unique_ptr<byte_acceptor> door);
  ~listener() override;

  void on(start_accepting);
  void on(use_http_limits m) { limits_ = std::move(m.now); }
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
  void take(byte_acceptor::arrival who);
  void turn_away(byte_stream& whom);
  [[nodiscard]] bool is_exempt(const boost::asio::ip::address& from) const;
  void end_if_empty();

  std::shared_ptr<session_setup> setup_;
  std::unique_ptr<byte_acceptor> door_;
  std::shared_ptr<const http_limits> limits_;
  std::vector<boost::asio::ip::address> trusted_;
  std::unordered_map<std::uint64_t, connection> open_;
  std::unordered_map<std::string, std::uint32_t> by_address_;
  std::uint64_t next_ = 0;
  runtime::timer pause_;
  std::chrono::milliseconds pause_time_{0};
  std::function<void()> done_;
  bool stopping_ = false;
};

}  // namespace hawser::net
