#include "simulation/simulated_acceptor.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <utility>

namespace hawser::simulation {
namespace {

class simulated_acceptor final : public net::byte_acceptor {
 public:
  explicit simulated_acceptor(std::shared_ptr<door> at) : at_(std::move(at)) {}

  arrival accept(boost::system::error_code& ec) override {
    if (at_->waiting.empty()) {
      ec = boost::asio::error::would_block;
      return {};
    }
    if (at_->scarce > 0) {
      --at_->scarce;
      ec = make_error_code(boost::system::errc::too_many_files_open);
      return {};
    }
    arrival first = std::move(at_->waiting.front());
    at_->waiting.pop_front();
    return first;
  }

  void wait(runtime::actor_executor where, std::function<void()> ready) override {
    at_->where = std::move(where);
    at_->ready = std::move(ready);
    at_->wake();
  }

  bool turn_one_away(std::string_view bytes) override {
    if (at_->waiting.empty()) return false;
    const arrival first = std::move(at_->waiting.front());
    at_->waiting.pop_front();
    boost::system::error_code ignored;
    (void)first.stream->write_some(bytes, ignored);
    first.stream->finish_writing();
    return true;
  }

  // Who is at the door still finds it shut.
  void close() noexcept override {
    at_->closed = true;
    at_->ready = nullptr;
    at_->where.reset();
    for (const arrival& one : at_->waiting) one.stream->close(true);
    at_->waiting.clear();
  }

 private:
  std::shared_ptr<door> at_;
};

}  // namespace

bool door::knock(net::byte_acceptor::arrival who) {
  if (closed) return false;
  waiting.push_back(std::move(who));
  wake();
  return true;
}

void door::wake() {
  if (!ready || waiting.empty()) return;
  where->execute(std::exchange(ready, nullptr));
}

std::unique_ptr<net::byte_acceptor> make_simulated_acceptor(std::shared_ptr<door> at) {
  return std::make_unique<simulated_acceptor>(std::move(at));
}

}  // namespace hawser::simulation
