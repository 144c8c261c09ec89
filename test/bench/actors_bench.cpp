/// Messages between actors, beside plain asio::post to a strand for each actor (what one would write without
/// a runtime), and beside CAF where it is installed. Bounds, deadlines, supervision and counters are on: the
/// actors are a supervisor's children, and a watchdog looks at them. One JSON line a workload: medians of 5
/// interleaved runs, two threads.
#include "runtime/asio_scheduler.hpp"
#include "runtime/supervisor.hpp"
#include "runtime/watchdog.hpp"
#if defined(HAWSER_BENCH_CAF)
#include "test/bench/caf_actors.hpp"
#endif

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace hawser::runtime;

constexpr unsigned threads = 2;
constexpr int ring_size = 100;
constexpr int senders = 20;

void run(asio::io_context& io) {
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([&io] { io.run(); });
  io.run();
}

struct number {
  std::int64_t left = 0;
};

struct go {};

/// A node of a ring; a ring of two is ping-pong.
class node : public actor<node, number, address<number>> {
 public:
  using actor::actor;
  void on(address<number> next) { next_ = std::move(next); }
  void on(number m) {
    if (m.left > 0) (void)next_.tell(number{m.left - 1});
  }

 private:
  address<number> next_;
};

/// Sends in windows: a window's last letter asks for the next, so the sink's bound is kept without spinning.
struct window_end : asks<int> {};

class gate_sink : public actor<gate_sink, number, window_end> {
 public:
  using actor::actor;
  void on(number) {}
  void on(window_end m) { m.to.answer(0); }
};

class source : public actor<source, go> {
 public:
  source(home where, gate_sink::address_type to, int count)
      : actor(where), to_(std::move(to)), left_(count) {}

  void on(go) {
    constexpr int window = 256;
    for (int i = 0; i < window && left_ > 0; ++i, --left_) (void)to_.tell(number{left_});
    if (left_ > 0) ask(to_, window_end{}, std::chrono::seconds(10), [this](auto, int) { on(go{}); });
  }

 private:
  gate_sink::address_type to_;
  int left_;
};

class child : public actor<child, number> {
 public:
  child(home where, address<number> parent) : actor(where), parent_(std::move(parent)) {}
  void on(number m) {
    (void)parent_.notify(std::move(m));
    close();
  }

 private:
  address<number> parent_;
};

class parent : public actor<parent, go, number> {
 public:
  parent(home where, int count) : actor(where), count_(count) {}
  void on(go) {
    for (int i = 0; i < count_; ++i) (void)spawn<child>(by(), {.name = "child"}, self()).tell(number{i});
  }
  void on(number) {}

 private:
  int count_;
};

void actors_ring(int size, int tokens, int hops) {
  asio::io_context io(static_cast<int>(threads));
  asio_scheduler by(io, threads);
  supervision tree(by, {.name = "ring", .limits = {.how = strategy::one_for_all}});
  std::vector<node::address_type> ring;
  for (int i = 0; i < size; ++i) ring.push_back(tree.add<node>({.name = "node"}));
  const auto top = std::move(tree).start();
  for (int i = 0; i < size; ++i) {
    (void)ring[static_cast<std::size_t>(i)].tell(
        address<number>(ring[static_cast<std::size_t>((i + 1) % size)]));
  }
  for (int t = 0; t < tokens; ++t) (void)ring[static_cast<std::size_t>(t % size)].tell(number{hops / tokens});
  run(io);
}

void actors_fan_in(int each) {
  asio::io_context io(static_cast<int>(threads));
  asio_scheduler by(io, threads);
  supervision tree(by, {.name = "fan", .limits = {.how = strategy::rest_for_one}});
  const auto to = tree.add<gate_sink>({.name = "sink", .mailbox = 2 * senders * 256});
  for (int i = 0; i < senders; ++i) (void)tree.add<source>({.name = "source"}, to, each).tell(go{});
  const auto top = std::move(tree).start();
  run(io);
}

void actors_create(int count) {
  asio::io_context io(static_cast<int>(threads));
  asio_scheduler by(io, threads);
  supervision tree(by, {.name = "family"});
  (void)tree.add<parent>({.name = "parent", .slow_handler = std::chrono::hours(1)}, count).tell(go{});
  const auto top = std::move(tree).start();
  run(io);
}

using strand = asio::strand<asio::io_context::executor_type>;

struct strand_node {
  strand on;
  strand_node* next = nullptr;
  explicit strand_node(asio::io_context& io) : on(io.get_executor()) {}
  void take(std::int64_t left) {
    if (left > 0) asio::post(next->on, [to = next, left] { to->take(left - 1); });
  }
};

void strands_ring(int size, int tokens, int hops) {
  asio::io_context io(static_cast<int>(threads));
  std::vector<std::unique_ptr<strand_node>> ring;
  for (int i = 0; i < size; ++i) ring.push_back(std::make_unique<strand_node>(io));
  for (int i = 0; i < size; ++i) {
    ring[static_cast<std::size_t>(i)]->next = ring[static_cast<std::size_t>((i + 1) % size)].get();
  }
  for (int t = 0; t < tokens; ++t) {
    strand_node* const first = ring[static_cast<std::size_t>(t % size)].get();
    asio::post(first->on, [first, left = hops / tokens] { first->take(left); });
  }
  run(io);
}

void strands_fan_in(int each) {
  asio::io_context io(static_cast<int>(threads));
  strand_node to(io);
  std::vector<std::unique_ptr<strand_node>> from;
  for (int i = 0; i < senders; ++i) {
    from.push_back(std::make_unique<strand_node>(io));
    asio::post(from.back()->on, [&to, each] {
      for (int n = 0; n < each; ++n) asio::post(to.on, [&to] { to.take(0); });
    });
  }
  run(io);
}

void strands_create(int count) {
  asio::io_context io(static_cast<int>(threads));
  strand_node of(io);
  asio::post(of.on, [&] {
    for (int i = 0; i < count; ++i) {
      auto made = std::make_shared<strand_node>(io);
      asio::post(made->on, [made, &of] { asio::post(of.on, [&of] { of.take(0); }); });
    }
  });
  run(io);
}

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> of) {
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2), of.end());
  return of[of.size() / 2];
}

struct workload {
  const char* name;
  int messages;
  std::function<void()> actors;
  std::function<void()> strands;
  std::function<void()> caf;  // empty: not installed
};

void compare(const workload& w, int runs) {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<double> c;
  for (int i = 0; i < runs; ++i) {
    a.push_back(seconds(w.actors));
    b.push_back(seconds(w.strands));
    if (w.caf) c.push_back(seconds(w.caf));
  }
  const double ours = median(a);
  std::printf(R"({"bench":"actors","workload":"%s","threads":%u,"messages_per_second":%.0f,"vs_strand":%.2f)",
              w.name, threads, w.messages / ours, median(b) / ours);
  std::printf(R"(,"strand_messages_per_second":%.0f)", w.messages / median(b));
  if (w.caf)
    std::printf(R"(,"vs_caf":%.2f,"caf_messages_per_second":%.0f)", median(c) / ours, w.messages / median(c));
  std::printf("}\n");
  std::fflush(stdout);
}

std::vector<workload> workloads(int many) {
  const int few = many / 10;
  std::vector<workload> all{
      {"ping_pong", many, [=] { actors_ring(2, 1, many); }, [=] { strands_ring(2, 1, many); }, {}},
      {"fan_in_20", senders * few, [=] { actors_fan_in(few); }, [=] { strands_fan_in(few); }, {}},
      {"ring_100_tokens_1",
       many,
       [=] { actors_ring(ring_size, 1, many); },
       [=] { strands_ring(ring_size, 1, many); },
       {}},
      {"ring_100_tokens_100",
       many,
       [=] { actors_ring(ring_size, 100, many); },
       [=] { strands_ring(ring_size, 100, many); },
       {}},
      {"create", few, [=] { actors_create(few); }, [=] { strands_create(few); }, {}}};
#if defined(HAWSER_BENCH_CAF)
  all[0].caf = [=] { hawser::bench::caf_ping_pong(threads, many); };
  all[1].caf = [=] { hawser::bench::caf_fan_in(threads, senders, few); };
  all[2].caf = [=] { hawser::bench::caf_ring(threads, ring_size, 1, many); };
  all[3].caf = [=] { hawser::bench::caf_ring(threads, ring_size, 100, many); };
  all[4].caf = [=] { hawser::bench::caf_create(threads, few); };
#endif
  return all;
}

}  // namespace

/// --smoke: short. A word: only the workloads whose name begins with it.
int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  const bool smoke = word == "--smoke";
  const watchdog dog(std::chrono::milliseconds(10), [](const slow_handler&) {});
  for (const workload& w : workloads(smoke ? 20'000 : 500'000)) {
    if (smoke || std::string_view(w.name).starts_with(word)) compare(w, smoke ? 1 : 5);
  }
}
