/// Handlers that wait in the middle: coroutines on an actor's turns.
///
///   void on(order m) { runtime::start(executor(), serve(std::move(m))); }
///   boost::asio::awaitable<void> serve(order m) {
///     const int price = co_await ask(till_, price_of{m.what}, 1s, boost::asio::use_awaitable);
///     ...
///   }
#pragma once

#include "runtime/actor_executor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace hawser::runtime {

/// Runs `what` on the turns of the actor whose executor() this is, beside its handlers: between two co_awaits
/// nothing else of the actor runs. What it throws fails the actor, an ask that gets no answer included; when
/// the actor ends, it is destroyed where it waits. Call it on the actor's turn. Write it as a named function
/// with parameters by value, never as a lambda that captures.
inline void start(const actor_executor& on, boost::asio::awaitable<void> what) {
  boost::asio::co_spawn(on, std::move(what), [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

}  // namespace hawser::runtime
