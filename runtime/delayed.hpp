/// Messages that are told later, or again and again.
#pragma once

#include "runtime/address.hpp"
#include "runtime/clock.hpp"

#include <memory>
#include <utility>

namespace hawser::runtime {

/// Tells `m` after `wait`, under the trace id of now; outside of the bound, because there is one letter a
/// timer. Dropping the timer takes it back unless it is in the mailbox already. Any thread.
template <class Message, class... Messages>
[[nodiscard]] timer tell_after(clock& time, duration wait, const address<Messages...>& whom, Message m) {
  return time.call_after(wait, [whom = address<Message>(whom), trace = current_trace(),
                                held = std::make_shared<Message>(std::move(m))] {
    const trace_scope told_under(trace);
    (void)whom.notify(std::move(*held));
  });
}

/// Tells a copy of `m` each `period`, the first after one, until the timer is dropped. A full mailbox misses
/// it, so a slow actor does not collect them. The clock must outlive the timer. Any thread.
template <class Message, class... Messages>
[[nodiscard]] timer tell_every(clock& time, duration period, const address<Messages...>& whom, Message m) {
  return time.call_every(period,
                         [whom = address<Message>(whom), trace = current_trace(), each = std::move(m)] {
                           const trace_scope told_under(trace);
                           Message copy = each;
                           (void)whom.tell(std::move(copy));
                         });
}

}  // namespace hawser::runtime
