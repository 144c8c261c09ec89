#include "test/bench/caf_actors.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <vector>

namespace hawser::bench {
namespace {

struct config : caf::actor_system_config {
  explicit config(unsigned threads) { set("scheduler.max-threads", std::size_t{threads}); }
};

struct ring_state {
  caf::actor next;
};

// A node takes its neighbour, then numbers that it passes on less one; the last one goes to `done`.
caf::behavior node(caf::stateful_actor<ring_state>* self, caf::actor done) {
  return {[self, done](std::int64_t left) {
            if (left > 0) {
              self->send(self->state.next, left - 1);
            } else {
              self->send(done, std::uint32_t{1});
            }
          },
          [self](caf::actor next) { self->state.next = std::move(next); }};
}

caf::behavior sink(caf::event_based_actor* self, std::uint64_t total) {
  return {[self, total, got = std::uint64_t{0}](std::int64_t) mutable {
    if (++got == total) self->quit();
  }};
}

caf::behavior source(caf::event_based_actor* self, caf::actor to, int count) {
  return {[self, to, count](std::int32_t) {
    for (int i = 0; i < count; ++i) self->send(to, std::int64_t{i});
    self->quit();
  }};
}

caf::behavior child(caf::event_based_actor* self) {
  return {[self](std::int64_t number) {
    self->send(caf::actor_cast<caf::actor>(self->current_sender()), number);
    self->quit();
  }};
}

caf::behavior parent(caf::event_based_actor* self, int count) {
  return {[self, count](std::int32_t) {
            for (int i = 0; i < count; ++i) self->send(self->spawn(child), std::int64_t{i});
          },
          [self, count, got = 0](std::int64_t) mutable {
            if (++got == count) self->quit();
          }};
}

}  // namespace

void caf_ring(unsigned threads, int size, int tokens, int hops) {
  config options(threads);
  caf::actor_system system(options);
  caf::scoped_actor self(system);
  std::vector<caf::actor> ring;
  for (int i = 0; i < size; ++i) ring.push_back(system.spawn(node, caf::actor_cast<caf::actor>(self)));
  const auto at = [&ring](int i) { return ring[static_cast<std::size_t>(i) % ring.size()]; };
  for (int i = 0; i < size; ++i) caf::anon_send(at(i), at(i + 1));
  for (int t = 0; t < tokens; ++t) caf::anon_send(at(t), std::int64_t{hops / tokens});
  int ended = 0;
  self->receive_while([&] { return ended < tokens; })([&](std::uint32_t) { ++ended; });
  for (const caf::actor& each : ring) caf::anon_send_exit(each, caf::exit_reason::kill);
}

void caf_ping_pong(unsigned threads, int messages) {
  caf_ring(threads, 2, 1, messages);
}

void caf_fan_in(unsigned threads, int senders, int each) {
  config options(threads);
  caf::actor_system system(options);
  const caf::actor to =
      system.spawn(sink, static_cast<std::uint64_t>(senders) * static_cast<std::uint64_t>(each));
  for (int i = 0; i < senders; ++i) caf::anon_send(system.spawn(source, to, each), std::int32_t{1});
}

void caf_create(unsigned threads, int count) {
  config options(threads);
  caf::actor_system system(options);
  caf::anon_send(system.spawn(parent, count), std::int32_t{1});
}

}  // namespace hawser::bench
