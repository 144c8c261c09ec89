/// The workloads of actors_bench as CAF 0.17 actors, in a file of their own: CAF's headers want other
/// warnings.
#pragma once

namespace hawser::bench {

/// Each runs to its end on `threads` threads.
void caf_ping_pong(unsigned threads, int messages);
void caf_fan_in(unsigned threads, int senders, int each);
void caf_ring(unsigned threads, int size, int tokens, int hops);
void caf_create(unsigned threads, int count);

}  // namespace hawser::bench
