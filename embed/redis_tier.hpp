/// The result cache's second tier in Redis: sealed answers under hashed names, and no wait that anybody
/// feels.
#pragma once

#include "actors/far_mail.hpp"
#include "embed/far_seal.hpp"
#include "embed/redis_link.hpp"
#include "embed/redis_options.hpp"
#include "runtime/actor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <deque>
#include <string>
#include <vector>

namespace hawser::embed {

/// Answers each far_look once, within a little more than `within`. After failures in a row it asks nobody for
/// a while. What is to be forgotten is forgotten before anything is looked up again, however long Redis is
/// away.
class redis_tier final
    : public runtime::actor<redis_tier, actors::far_look, actors::far_keep, actors::far_forget> {
 public:
  /// `by` of its home must give turns on threads of `io`.
  redis_tier(runtime::home where, boost::asio::io_context& io, redis_options options);

  void on(actors::far_look m);
  void on(actors::far_keep m);
  void on(actors::far_forget m);
  void on_stop() override;

 private:
  using heard = redis_link::heard;

  [[nodiscard]] bool may_ask();
  [[nodiscard]] bool connect();
  void find_address();
  void send(const std::vector<std::string>& words, heard done);
  void watch();
  void forget_next();
  void forget_from(const std::string& cursor);
  void scanned(redis_reply reply);

  redis_options options_;
  far_seal seal_;
  circuit_breaker breaker_;
  boost::asio::ip::tcp::resolver resolver_;
  std::string address_;  // numeric; empty: not known yet
  bool finding_ = false;
  std::deque<runtime::time_point> due_;  // of commands without a reply, which come in order
  std::deque<std::string> to_forget_;    // beginnings of names
  bool forgetting_ = false;
  bool watching_ = false;
  bool stopping_ = false;
  runtime::timer timer_;
  redis_link link_;  // the last: its commands touch the others when it goes
};

}  // namespace hawser::embed
