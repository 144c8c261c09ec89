/// A server on a free port of loopback, two threads, a fake core.
#pragma once

#include "net/server.hpp"
#include "runtime/asio_scheduler.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>

#include "fake_core.hpp"

#include <chrono>
#include <latch>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

namespace hawser::net::test {

class running_server {
 public:
  explicit running_server(net_options options = {}) : core_(by_), guard_(io_.get_executor()) {
    options.port = 0;
    options.version = "test";
    server_.emplace(std::move(options), core_.service(), by_, io_, heavy_.get_executor());
    where_ = server_->start().value();
    core_.log->on_generate = [this] { generated_.release(); };
    core_.log->on_cancel = [this] { cancelled_.release(); };
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  ~running_server() {
    std::latch stopped(1);
    server_->stop([&stopped] { stopped.count_down(); });
    stopped.wait();
    core_.core.stop();
    guard_.reset();
    for (std::jthread& t : threads_) t.join();
    heavy_.join();
  }

  [[nodiscard]] const boost::asio::ip::tcp::endpoint& where() const { return where_; }
  [[nodiscard]] server& it() { return *server_; }
  [[nodiscard]] fake_service& core() { return core_; }
  /// The core has been asked once more; was told to cancel once more.
  [[nodiscard]] bool wait_generate() { return generated_.try_acquire_for(std::chrono::seconds(20)); }
  [[nodiscard]] bool wait_cancel() { return cancelled_.try_acquire_for(std::chrono::seconds(20)); }

 private:
  boost::asio::io_context io_{2};
  runtime::asio_scheduler by_{io_};
  boost::asio::thread_pool heavy_{1};
  fake_service core_;
  std::counting_semaphore<> generated_{0};
  std::counting_semaphore<> cancelled_{0};
  std::optional<server> server_;
  boost::asio::ip::tcp::endpoint where_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::vector<std::jthread> threads_;
};

}  // namespace hawser::net::test
