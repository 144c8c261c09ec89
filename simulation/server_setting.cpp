#include "simulation/server_setting.hpp"

#include <algorithm>
#include <array>

namespace hawser::simulation {
namespace {

using namespace std::chrono_literals;
using runtime::dice;
using std::chrono::microseconds;
using std::chrono::milliseconds;

device_options draw_device(dice& chance) {
  device_options d;
  d.seats = chance.between(1, 8);
  d.step_tokens = std::max(d.seats, chance.between(2, 32));
  d.page_tokens = chance.between(2, 8);
  d.context = chance.between(40, 160);
  if (chance.one_in(3)) d.windows.push_back(chance.between(4, 32));
  // One alone always fits; how many more do, is chance.
  const std::uint32_t alone = (d.context + d.page_tokens - 1) / d.page_tokens;
  d.pages = alone + chance.below(chance.one_in(2) ? 3 : 2 * alone);
  d.step_cost = microseconds(chance.between(100, 3000));
  d.token_cost = microseconds(chance.between(5, 100));
  d.end_every = chance.one_in(3) ? 0 : chance.between(8, 60);
  return d;
}

actors::core_options draw_core(dice& chance) {
  actors::core_options o;
  o.queued_requests = chance.between(1, 24);
  o.requests = chance.between(2, 40);
  o.queued_tokens = chance.one_in(2) ? chance.between(16, 400) : 1u << 20u;
  o.tokenizer_workers = chance.between(1, 3);
  o.seats = chance.one_in(3) ? chance.between(1, 4) : 0;
  o.step_tokens = chance.one_in(3) ? chance.between(1, 16) : 0;
  o.chunk_threshold = chance.between(2, 64);
  o.chunk_beside_decodes = chance.between(1, 24);
  o.expected_answer = chance.between(1, 48);
  o.prefix_share = chance.one_in(3) ? 0 : 0.1 * static_cast<double>(chance.between(1, 10));
  o.share_prefixes = chance.one_in(2);
  o.step_time = milliseconds(chance.between(1, 100));
  o.ageing = milliseconds(chance.between(20, 3000));
  o.step_deadline = milliseconds(chance.between(400, 2000));
  o.drain = milliseconds(chance.between(10, 3000));
  o.seed = chance.draw();
  // Out of the seed, so that the other draws stay what they were.
  o.throttle = o.seed >> 63u != 0;
  o.interactive_target = milliseconds(20 + (o.seed >> 32u) % 500);
  o.standard_target = milliseconds(100 + (o.seed >> 16u) % 5000);
  if (o.seed % 4 == 0) {
    o.rehearsal_tokens = static_cast<std::uint32_t>(o.seed / 4 % 64);
    o.rehearsal_prompts = {
        {"Once upon", false}, {"Be brief.", true}, {std::string(o.seed / 256 % 300, 'x'), false}};
  }
  return o;
}

net::net_options draw_net(dice& chance, bool hurried, bool crowded) {
  net::net_options o;
  o.version = "0";
  o.revision = "0";
  o.seed = chance.draw() | 1u;
  o.drain_time = milliseconds(chance.between(10, 3000));
  net::http_limits& l = o.limits;
  l.body = chance.one_in(2) ? 16u << 10u : 4u << 20u;
  l.inline_body = chance.one_in(2) ? chance.between(32, 400) : 64u << 10u;
  l.pipelined = chance.between(64, 4096);
  // Half of the servers hold so much that only who does not read at all is dropped.
  const bool roomy = chance.one_in(2);
  l.unread_output = roomy ? 1u << 20u : chance.between(256, 8192);
  l.unread_total = !roomy && chance.one_in(2) ? 4096 : 64u << 20u;
  l.slow_reader_time = milliseconds(chance.between(100, 2000));
  l.stalled_time = milliseconds(chance.between(500, 8000));
  l.stream_ping = milliseconds(chance.one_in(3) ? chance.between(2, 50) : 15'000);
  l.keep_alive_requests = chance.one_in(3) ? chance.between(1, 4) : 1000;
  l.header_time = milliseconds(chance.between(500, 10'000));
  l.keep_alive = milliseconds(chance.between(1000, 75'000));
  l.session_mailbox = chance.one_in(6) ? chance.between(1, 16) : 1024;
  l.linger_time = milliseconds(chance.between(10, 2000));
  if (hurried) l.request_time = milliseconds(chance.between(5, 400));
  if (crowded) {
    l.connections = chance.between(1, 4);
    l.reserved_connections = chance.between(0, 2);
    l.connections_per_address = chance.between(0, 2);
  }
  return o;
}

std::vector<planned_fault> draw_faults(dice& chance) {
  using fault = simulated_backend::fault;
  constexpr std::array kinds{fault::hang,        fault::throw_at_start,      fault::throw_oddly,
                             fault::lose_device, fault::fail_first_sequence, fault::no_token,
                             fault::late,        fault::out_of_memory};
  std::vector<planned_fault> all;
  const std::uint32_t many = chance.between(1, 4);
  for (std::uint32_t i = 0; i < many; ++i)
    all.push_back({chance.between(1, 120), kinds[chance.below(kinds.size())]});
  return all;
}

wire_habits draw_wire(dice& chance, bool slow) {
  wire_habits w;
  w.quickest = microseconds(chance.between(5, 500));
  w.slowest =
      w.quickest + microseconds(chance.one_in(4) ? chance.between(0, 30'000) : chance.between(0, 500));
  w.piece = chance.one_in(2) ? 1u << 16u : chance.between(1, 300);
  if (!slow) return w;
  w.window = chance.between(600, 4096);  // a system has room for one short answer
  w.read = chance.between(16, 512);
  w.read_pause = milliseconds(chance.between(1, 400));
  return w;
}

client_plan draw_client(dice& chance, const server_setting& world) {
  client_plan p;
  p.slow = chance.one_in(4);
  p.habits = draw_wire(chance, p.slow);
  const net::http_limits& limits = world.net.limits;
  const bool steady = p.habits.read_pause + 2 * p.habits.slowest < limits.stalled_time;
  p.droppable = p.slow && !(steady && limits.unread_output >= 1u << 20u);
  const bool prober = chance.one_in(6);
  const std::uint32_t questions = prober ? chance.between(1, 12) : chance.between(1, 5);
  for (std::uint32_t i = 0; i < questions; ++i)
    p.questions.push_back(prober ? draw_probe(chance) : draw_question(chance, world.model));
  if (!prober && chance.one_in(4)) p.ahead = chance.between(2, 4);
  p.think = chance.one_in(3) ? microseconds(0) : microseconds(chance.below(prober ? 20'000 : 100'000));
  if (!prober && chance.one_in(8)) p.drip = milliseconds(chance.between(1, 200));
  // A drip may take longer than a header may; an idle connection is hung up after keep_alive.
  p.dawdles = p.drip > runtime::duration::zero() || p.think >= world.net.limits.keep_alive;
  if (chance.one_in(4)) {
    p.how = static_cast<leaving>(chance.between(1, 4));
    p.leaves_after = microseconds(chance.below(200'000));
  }
  return p;
}

// A store so small that answers go, or so large that all stay; questions that were asked before, by the same
// key and by others.
void draw_results(dice& chance, server_setting& s) {
  if (chance.one_in(2)) return;
  s.core.result_bytes = chance.one_in(2) ? chance.between(2000, 30'000) : 1u << 20u;
  s.core.result_largest = chance.one_in(2) ? chance.between(800, 8000) : 256u << 10u;
  s.core.result_time_to_live = milliseconds(chance.one_in(2) ? chance.between(1, 500) : 3'600'000);
  std::vector<core_question> before;
  for (core_client_plan& client : s.core_clients) {
    for (core_question& q : client.questions) {
      if (!before.empty() && chance.one_in(2)) {
        const core_question& other = before[chance.below(static_cast<std::uint32_t>(before.size()))];
        q.spec = other.spec;
        q.answers = other.answers;
        q.embedding = other.embedding;
        q.spec.rank = static_cast<actors::priority>(chance.below(3));
      }
      before.push_back(q);
      q.key = core_keys[chance.below(core_keys.size())];
      q.spec.fresh = chance.one_in(8);
      q.spec.forget = chance.one_in(12);
    }
  }
}

// As much as the device holds, one long request, and then little or much: out of the core's seed, so that the
// other draws stay what they were.
void draw_memory(server_setting& s) {
  dice chance(s.core.seed + 3);
  if (!chance.one_in(3)) return;
  constexpr std::uint64_t device = 4000;  // weights and scratch
  constexpr std::uint64_t page = 64;
  constexpr std::uint64_t one_long = 48'000;  // what is counted for a request of the core's clients
  const std::uint64_t groups = 1 + s.device.windows.size();
  s.memory_limit = device + one_long + chance.below(chance.one_in(2) ? 20'000 : 400'000) +
                   chance.below(static_cast<std::uint32_t>(2 * page * groups * s.device.pages));
  s.core.gc_interval = milliseconds(chance.between(1, 500));
}

}  // namespace

// Out of the core's seed. The first device never breaks for good: the others may, and are made anew.
void draw_devices(server_setting& s) {
  dice chance(s.core.seed + 4);
  if (s.memory_limit > 0 || !chance.one_in(3)) return;
  s.devices = chance.between(2, 3);
  for (planned_fault& f : s.faults) {
    f.device = chance.below(s.devices);
    if (f.device > 0 && chance.one_in(3)) f.what = simulated_backend::fault::break_down;
  }
}

server_setting draw_server_setting(dice& chance) {
  server_setting s;
  s.machine.letters = chance.one_in(2) ? 1 : chance.between(2, 64);
  s.machine.turn_cost = std::chrono::nanoseconds(chance.one_in(4) ? 0 : chance.between(100, 3000));
  s.machine.turns_a_rank = chance.one_in(3) ? chance.between(5, 200) : 0;
  s.device = draw_device(chance);
  s.core = draw_core(chance);
  // Out of its seed, likewise.
  dice of_guests(s.core.seed + 1);
  s.guests = draw_guests(of_guests);
  s.hurried = chance.one_in(6);
  s.crowded = chance.one_in(5);
  s.net = draw_net(chance, s.hurried, s.crowded);
  s.model.context = s.device.context;
  s.model.end_every = s.device.end_every;
  s.model.body = s.net.limits.body;
  if (chance.one_in(3)) s.faults = draw_faults(chance);
  s.hang_time = milliseconds(chance.between(100, 4000));
  if (chance.one_in(10)) s.scarce_accepts = chance.between(1, 3);
  const std::uint32_t clients = chance.between(1, 10);
  const std::uint32_t spread = chance.one_in(2) ? 1000 : 200'000;  // a burst, or a trickle
  for (std::uint32_t i = 0; i < clients; ++i)
    s.clients.push_back({microseconds(chance.below(spread)), draw_client(chance, s)});
  const std::uint32_t core_clients = chance.below(4);
  for (std::uint32_t i = 0; i < core_clients; ++i) {
    core_client_plan p;
    p.mailbox = chance.one_in(4) ? chance.between(1, 8) : 1024;
    const std::uint32_t questions = chance.between(1, 10);
    for (std::uint32_t q = 0; q < questions; ++q) p.questions.push_back(draw_core_question(chance, s.model));
    s.core_clients.push_back(std::move(p));
  }
  if (chance.one_in(3)) s.stop_after = microseconds(chance.below(400'000));
  draw_results(chance, s);
  draw_memory(s);
  draw_devices(s);
  return s;
}

std::string server_setting::describe() const {
  std::string text = std::to_string(clients.size()) + " clients, " + std::to_string(core_clients.size()) +
                     " core clients; " + std::to_string(device.seats) + " seats, " +
                     std::to_string(device.pages) + " pages of " + std::to_string(device.page_tokens) +
                     ", context " + std::to_string(device.context) + ", steps of " +
                     std::to_string(device.step_tokens) + "; " + std::to_string(core.requests) +
                     " requests, " + std::to_string(core.queued_requests) + " queued; " +
                     std::to_string(faults.size()) + " faults";
  if (devices > 1) text += ", " + std::to_string(devices) + " devices";
  if (!guests.empty()) text += ", " + std::to_string(guests.size()) + " guests";
  if (core.result_bytes > 0) text += ", results in " + std::to_string(core.result_bytes) + " bytes";
  if (memory_limit > 0) text += ", memory of " + std::to_string(memory_limit) + " bytes";
  if (hurried) text += ", hurried";
  if (crowded) text += ", crowded";
  if (machine.turns_a_rank > 0) text += ", by rank";
  if (stop_after) text += ", stopped after " + std::to_string(*stop_after / 1us) + " us";
  return text;
}

}  // namespace hawser::simulation
