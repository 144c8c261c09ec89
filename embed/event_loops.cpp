#include "embed/event_loops.hpp"

#include <pthread.h>

#include <string>

namespace hawser::embed {

namespace {

std::thread run_named(boost::asio::io_context& io, const std::string& name) {
  return std::thread([&io, name] {
    // As top and gdb show it; at most 15 characters.
    pthread_setname_np(pthread_self(), name.c_str());
    io.run();
  });
}

}  // namespace

event_loops::event_loops(std::uint32_t loop_threads, std::uint32_t pool_threads)
    : loop_(static_cast<int>(loop_threads)), pool_(static_cast<int>(pool_threads)),
      keep_loop_(loop_.get_executor()), keep_pool_(pool_.get_executor()), by_loop_(loop_, loop_threads),
      by_pool_(pool_, pool_threads) {
  for (std::uint32_t i = 0; i < loop_threads; ++i)
    threads_.push_back(run_named(loop_, "loop-" + std::to_string(i)));
  for (std::uint32_t i = 0; i < pool_threads; ++i)
    threads_.push_back(run_named(pool_, "pool-" + std::to_string(i)));
}

event_loops::~event_loops() {
  stop();
}

void event_loops::stop() {
  loop_.stop();
  pool_.stop();
  for (std::thread& one : threads_) one.join();
  threads_.clear();
}

}  // namespace hawser::embed
