/// A whole server in virtual time: the real core, listener and sessions; a simulated machine, device, network
/// and clients around them.
///
/// Properties, during and after a run (docs/simulation.md):
///   1. Each request that is asked of the core hears exactly one terminal event, in the protocol's order.
///   2. Each HTTP request gets one well-formed answer, or its connection is closed for a reason that it was
///   told.
///   3. An answer is what the model says to that prompt, whoever else is answered at the same time.
///   4. Mailboxes, queues and buffers stay within their bounds.
///   5. Nobody waits longer than the work that there is takes; a probe is answered within 10 ms.
///   6. In the end pages, places, bytes, timers, connections and actors are all returned.
#pragma once

#include "simulation/scenario.hpp"

namespace hawser::simulation {

[[nodiscard]] run_result run_server(std::uint64_t seed, std::size_t lines);

}  // namespace hawser::simulation
