#include "simulation/server_world.hpp"

#include "actors/assembly.hpp"
#include "net/listener.hpp"
#include "net/session.hpp"

#include <boost/asio/any_io_executor.hpp>

#include "simulation/byte_tokenizer.hpp"
#include "simulation/server_setting.hpp"
#include "simulation/simulated_acceptor.hpp"
#include "simulation/simulated_guest.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace hawser::simulation {
namespace {

using namespace std::chrono_literals;

/// Where work is done that is not fit for a strand; and where the world's own questions are answered.
class bystander final : public runtime::actor<bystander> {
 public:
  using actor::actor;
};

/// The value of a metric, its labels' sum; nothing when it is not there.
std::optional<double> metric(std::string_view page, std::string_view name) {
  std::optional<double> sum;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = std::min(page.find('\n', at), page.size());
    const std::string_view line = page.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    if (line[name.size()] != '{' && line[name.size()] != ' ') continue;
    sum = sum.value_or(0.0) + std::stod(std::string(line.substr(line.rfind(' ') + 1)));
  }
  return sum;
}

class server_world final : public client_host {
 public:
  server_world(std::uint64_t seed, std::size_t lines)
      : dice_(seed), setting_(draw_setting(dice_)), by_(dice_.draw(), setting_.machine),
        log_(by_.time(), lines) {}

  run_result run();

  // client_host
  runtime::clock& time() noexcept override { return by_.time(); }
  trace& log() noexcept override { return log_; }
  bool connect(wire& by, std::uint64_t client) override;
  circumstances since(runtime::time_point asked) const override;
  runtime::duration patience() const noexcept override { return patience_; }
  // Without a descriptor the door stays shut for a while.
  runtime::duration probe_patience() const noexcept override {
    return setting_.scarce_accepts > 0 ? 10s : runtime::duration(10ms);
  }
  void complain(std::string_view who, std::uint64_t number, const std::string& what) override;
  client_tally& tally() noexcept override { return result_.clients; }
  // Of the sessions' questions only they know; their key is "". An extension makes one question of another.
  bool asks_first(const std::string& key, const std::string& question) override {
    return asked_.insert(key + '\n' + question).second && !key.empty() && !setting_.core.share_prefixes &&
           setting_.guests.empty();
  }

 private:
  static server_setting draw_setting(runtime::dice& chance) {
    runtime::dice own = chance.fork();
    return draw_server_setting(own);
  }

  void build();
  [[nodiscard]] std::unique_ptr<model::backend> make_device(std::uint32_t which);
  void begin();
  void stop();
  void changed(actors::phase now);
  void foresee_work();
  [[nodiscard]] runtime::duration held_by(const client_plan& plan) const;
  void before_turn(std::uint32_t number, const runtime::cell& who);
  template <class Condition>
  void run_until(Condition holds);
  void check_at_rest();
  void check_quiet();
  void check_gauges(const std::string& page);
  void check_tallies(const std::string& page);
  void check_memory();
  void forget_results();
  void check_recovered();
  void end();
  void check_end();
  [[nodiscard]] bool all_answered() const;

  runtime::dice dice_;
  server_setting setting_;
  runtime::simulated_scheduler by_;
  trace log_;
  run_result result_;
  std::unique_ptr<actors::core> core_;
  std::unique_ptr<simulated_guests> guests_;
  actors::service serving_;                   // the core, behind them
  std::vector<simulated_backend*> backends_;  // the core's
  std::shared_ptr<net::session_setup> setup_;
  std::shared_ptr<door> door_ = std::make_shared<door>();
  net::listener::address_type listener_;
  bystander::address_type heavy_;
  bystander::address_type observer_;
  std::vector<std::unique_ptr<http_client>> clients_;
  std::vector<std::unique_ptr<core_client_state>> states_;
  std::vector<core_client::address_type> core_clients_;
  std::vector<runtime::timer> timers_;
  std::set<std::string> asked_;  // by core clients
  runtime::duration patience_{};
  runtime::time_point start_{};
  runtime::time_point ready_since_{};
  actors::phase phase_ = actors::phase::loading;
  std::uint32_t most_letters_ = 0;
  bool calm_ = false;  // all faults are over
  bool stopping_ = false;
  bool core_down_ = false;
  bool listener_down_ = false;
};

void server_world::complain(std::string_view who, std::uint64_t number, const std::string& what) {
  std::string sentence(who);
  sentence += ' ' + std::to_string(number) + ' ' + what;
  log_.say("BROKEN", result_.broken.size(), sentence);
  if (result_.broken.size() < 20) result_.broken.push_back(std::move(sentence));
}

circumstances server_world::since(runtime::time_point asked) const {
  return {.faulty = !setting_.faults.empty() && !calm_,
          .hurried = setting_.hurried,
          .stopping = stopping_,
          .unready = phase_ != actors::phase::ready || ready_since_ >= asked,
          .narrow = setting_.net.limits.session_mailbox < 64,
          .crowded = setting_.crowded || setting_.scarce_accepts > 0,
          .guarded = !setting_.guests.empty(),
          .keyed = setting_.core.result_bytes > 0};
}

bool server_world::connect(wire& by, std::uint64_t client) {
  // Some clients share an address, some are on this machine.
  const auto last = static_cast<boost::asio::ip::address_v4::uint_type>(client % 3);
  const boost::asio::ip::address_v4 from((client % 4 == 0 ? 0x7F000001u : 0x0A000001u) + last);
  return door_->knock({by.server_end(), from});
}

// An answer whose reader is behind is held, with its pages, until the reader has taken half of what is unread
// or is cut; who needs those pages waits as long.
runtime::duration server_world::held_by(const client_plan& plan) const {
  if (!plan.slow) return {};
  constexpr std::uint64_t frame = 256;  // bytes of a token's event
  const net::http_limits& limits = setting_.net.limits;
  std::uint64_t bytes = 0;
  for (const question& q : plan.questions) {
    for (const foreseen_answer& a : q.answers) bytes += frame * (4 + a.tokens.size());
  }
  const std::uint64_t holds = 1 + 2 * bytes / limits.unread_output;
  const std::uint64_t reads = 1 + bytes / plan.habits.read;
  return std::min<runtime::duration>(holds * limits.slow_reader_time, reads * plan.habits.read_pause) +
         limits.stalled_time;
}

// What all answers cost when nothing is shared and each is preempted now and then.
void server_world::foresee_work() {
  std::uint64_t tokens = 0;
  std::uint64_t letters = 0;
  for (const planned_client& c : setting_.clients) {
    for (const question& q : c.plan.questions) {
      letters += 4 + q.answers.size();
      for (const foreseen_answer& a : q.answers) tokens += q.prompt_tokens + a.tokens.size();
    }
  }
  for (const core_client_plan& c : setting_.core_clients) {
    for (const core_question& q : c.questions) {
      letters += 4 + q.answers.size();
      for (const foreseen_answer& a : q.answers) tokens += setting_.device.context / 2 + a.tokens.size();
    }
  }
  const runtime::duration step =
      setting_.device.step_cost + setting_.device.step_tokens * setting_.device.token_cost;
  patience_ = 3s + 2 * tokens * step + setting_.core.ageing * 3;
  for (const planned_client& c : setting_.clients) patience_ += held_by(c.plan);
  for (std::size_t i = 0; i < setting_.faults.size(); ++i)
    patience_ += 100 * step + setting_.hang_time + setting_.core.step_deadline;
  most_letters_ = static_cast<std::uint32_t>(64 + 4 * letters);
}

std::unique_ptr<model::backend> server_world::make_device(std::uint32_t which) {
  auto made = std::make_unique<simulated_backend>(by_.time(), setting_.device);
  simulated_backend* const device = backends_[which] = made.get();
  device->watch_hangs([this, which, device] {
    log_.say("device", which, "hangs");
    timers_.push_back(by_.time().call_after(setting_.hang_time, [device] { device->answer_late(); }));
  });
  return made;
}

void server_world::build() {
  actors::core_parts parts;
  for (std::uint32_t i = 0; i < setting_.devices; ++i) {
    backends_.push_back(nullptr);
    parts.backends.push_back(make_device(i));
    for (const planned_fault& f : setting_.faults) {
      if (f.device == i) backends_[i]->script(f.step, f.what);
    }
  }
  parts.revive = [this](std::uint32_t which,
                        std::unique_ptr<model::backend>) -> model::result<std::unique_ptr<model::backend>> {
    log_.say("device", which, "is made anew");
    return make_device(which);
  };
  parts.tokenizer = std::make_shared<byte_tokenizer>();
  parts.chat =
      model::chat_template::compile("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
          .value();
  parts.model_name = setting_.model.name;
  parts.memory_limit = setting_.memory_limit;
  core_ = std::make_unique<actors::core>(by_, by_, setting_.core, std::move(parts));
  guests_ = std::make_unique<simulated_guests>(
      by_, setting_.guests, runtime::dice(setting_.core.seed + 2),
      [this](std::uint64_t number, const std::string& what) { complain("guest", number, what); });
  serving_ = guests_->guard(core_->serving(), setting_.core.requests);
  heavy_ = runtime::spawn<bystander>(by_, {.name = "heavy"});
  observer_ = runtime::spawn<bystander>(by_, {.name = "observer"});
  setup_ = std::make_shared<net::session_setup>(setting_.net, serving_,
                                                runtime::actor_executor(heavy_.where()), setting_.net.seed);
  door_->scarce = setting_.scarce_accepts;
  listener_ =
      runtime::spawn<net::listener>(by_, {.name = "listener"}, setup_, make_simulated_acceptor(door_));
  for (std::size_t i = 0; i < setting_.clients.size(); ++i)
    clients_.push_back(std::make_unique<http_client>(*this, i, dice_.fork(), setting_.clients[i].plan));
  for (std::size_t i = 0; i < setting_.core_clients.size(); ++i) {
    core_client_plan& plan = setting_.core_clients[i];
    const std::uint32_t mailbox = plan.mailbox;
    states_.push_back(std::make_unique<core_client_state>());
    core_clients_.push_back(runtime::spawn<core_client>(by_, {.name = "core-client", .mailbox = mailbox},
                                                        *this, i, serving_, plan, *states_.back()));
  }
}

void server_world::begin() {
  start_ = by_.time().now();
  by_.watch_turns([this](std::uint32_t number, const runtime::cell& who) { before_turn(number, who); });
  core_->start([this](actors::phase now, std::string_view) { changed(now); });
  listener_.notify(net::start_accepting{});
  for (std::size_t i = 0; i < clients_.size(); ++i)
    timers_.push_back(
        by_.time().call_after(setting_.clients[i].comes_after, [one = clients_[i].get()] { one->start(); }));
  for (const auto& one : core_clients_) one.notify(begin_asking{});
  if (setting_.stop_after) timers_.push_back(by_.time().call_after(*setting_.stop_after, [this] { stop(); }));
}

void server_world::changed(actors::phase now) {
  constexpr std::string_view names[] = {"loading", "warming", "ready", "draining", "failed"};
  log_.say("core", 0, names[static_cast<std::size_t>(now)]);
  phase_ = now;
  if (now == actors::phase::ready) ready_since_ = by_.time().now();
}

void server_world::stop() {
  if (std::exchange(stopping_, true)) return;
  log_.say("world", 0, "stops the server");
  core_->stop([this] { core_down_ = true; });
  listener_.notify(net::stop_accepting{[this] { listener_down_ = true; }});
}

void server_world::before_turn(std::uint32_t number, const runtime::cell& who) {
  log_.turn(number, who.name());
  if (++result_.turns % 16 != 0) return;
  const std::uint32_t letters = who.letters().inside();
  if (letters > most_letters_)
    complain(who.name(), number, "has " + std::to_string(letters) + " letters waiting");
}

template <class Condition>
void server_world::run_until(Condition holds) {
  constexpr std::uint64_t most_turns = 2'000'000;
  constexpr runtime::duration longest = 1h;
  while (!holds()) {
    if (by_.resting()) check_at_rest();
    if (!by_.step()) return;
    if (result_.turns > most_turns || by_.time().now() - start_ > longest)
      throw std::runtime_error("the world does not come to rest");
  }
}

void server_world::check_at_rest() {
  std::uint32_t open = 0;
  for (const auto& state : states_) open += state->open();
  const std::uint32_t before_it = setting_.guests.empty() ? 0 : setting_.core.requests;
  // Those who share an answer, or get a remembered one, take no place.
  if (setting_.core.result_bytes == 0 && open > setting_.core.requests + before_it)
    complain("core", 0, "has accepted " + std::to_string(open) + " requests");
  const std::size_t unread = setup_->counters.unread.load();
  const net::http_limits& l = setting_.net.limits;
  // A stream may hold four times its bound, and one more write; a whole answer is not cut.
  const std::size_t most = std::min(l.unread_total, clients_.size() * 8 * l.unread_output) + 256u * 1024;
  if (unread > most) complain("sessions", 0, "hold " + std::to_string(unread) + " bytes that nobody reads");
}

bool server_world::all_answered() const {
  return std::ranges::all_of(clients_, [](const auto& one) { return one->done(); }) &&
         std::ranges::all_of(states_, [](const auto& one) { return one->to_ask == 0 && one->open() == 0; });
}

// Everybody has his answer: what the core still holds, it has lost. Of one who has fallen silent it learns
// late.
void server_world::check_quiet() {
  const bool silent = std::ranges::any_of(setting_.clients, [](const planned_client& c) {
    return c.plan.how == leaving::falls_silent || c.plan.how == leaving::stops_reading;
  });
  const bool late = silent || !setting_.faults.empty();
  const runtime::time_point until = by_.time().now() + 1s + (late ? patience_ : runtime::duration{});
  bool over = false;
  timers_.push_back(by_.time().call_at(until, [&over] { over = true; }));
  run_until([&over] { return over; });
  if (phase_ != actors::phase::ready) return;
  forget_results();
  std::string page;
  runtime::async_ask(core_->serving().telemetry, actors::scrape{}, by_.time(), 1s,
                     runtime::actor_executor(observer_.where()),
                     [&page](boost::system::error_code, std::string text) { page = std::move(text); });
  run_until([&page] { return !page.empty(); });
  check_gauges(page);
  check_tallies(page);
  check_memory();
  check_recovered();
}

// Then no bytes are left.
void server_world::forget_results() {
  if (setting_.core.result_bytes == 0) return;
  std::size_t answered = 0;
  for (const std::string_view key : core_keys) {
    actors::purge_results question;
    question.key = key;
    runtime::async_ask(core_->serving().results, std::move(question), by_.time(), 1s,
                       runtime::actor_executor(observer_.where()),
                       [&answered](boost::system::error_code, std::uint64_t) { ++answered; });
  }
  bool over = false;
  timers_.push_back(by_.time().call_after(setting_.core.report_every + 100ms, [&over] { over = true; }));
  run_until([&] { return answered == core_keys.size() && over; });
}

// Whatever went wrong before: a server that says that it is ready answers.
void server_world::check_recovered() {
  for (simulated_backend* const each : backends_) each->forget_faults();
  calm_ = true;
  core_client_plan plan;
  plan.questions.push_back(draw_core_question(dice_, setting_.model));
  plan.questions.front().cancelled_after = {};
  states_.push_back(std::make_unique<core_client_state>());
  const core_client_state& state = *states_.back();
  core_clients_.push_back(runtime::spawn<core_client>(by_, {.name = "core-client"}, *this, states_.size() - 1,
                                                      serving_, std::move(plan), *states_.back()));
  core_clients_.back().notify(begin_asking{});
  run_until([&state] { return state.to_ask == 0 && state.open() == 0; });
  calm_ = false;
}

void server_world::check_gauges(const std::string& page) {
  for (const std::string_view name :
       {"vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:kv_cache_usage_perc",
        "hawser_requests_queued", "hawser_result_cache_bytes", "hawser_result_cache_answers",
        "hawser_result_cache_computing"}) {
    const auto value = metric(page, name);
    if (!value) complain("telemetry", 0, "does not show " + std::string(name));
    if (value.value_or(0.0) != 0.0)
      complain("core", 0, "is idle, but " + std::string(name) + " is " + std::to_string(*value));
  }
}

// What a batcher that failed had not reported yet is lost with it.
void server_world::check_tallies(const std::string& page) {
  const auto count = [&page](std::string_view name) { return metric(page, name).value_or(0.0); };
  if (count("hawser_actor_restarts_total") > 0) return;
  const double asked = count("hawser_requests_total");
  const double ended = count("vllm:request_success_total");
  const double refused = count("hawser_requests_refused_total");
  if (asked != ended + refused)
    complain("core", 0,
             "counts " + std::to_string(asked) + " requests, of which " + std::to_string(ended) +
                 " ended and " + std::to_string(refused) + " were refused");
}

// Nobody asks for anything: only weights, scratch, and pages that are kept for their prefix.
void server_world::check_memory() {
  using actors::memory_owner;
  const actors::memory_facts now = core_->serving().memory->read();
  for (const memory_owner who : {memory_owner::kv, memory_owner::queues, memory_owner::results}) {
    if (now.of(who) != 0)
      complain("core", 0,
               "is idle, but " + std::string(name_of(who)) + " hold " + std::to_string(now.of(who)));
  }
  if (now.limit > 0 && now.sum() > now.limit) complain("core", 0, "is idle, but above its limit of memory");
}

void server_world::end() {
  stop();
  run_until([this] { return core_down_ && listener_down_; });
  if (!core_down_) complain("core", 0, "does not end");
  if (!listener_down_) complain("listener", 0, "does not end");
  guests_->stop();
  run_until([this] { return guests_->down(); });
  if (!guests_->down()) complain("gate", 0, "does not end");
  for (const auto& one : core_clients_) one.stop();
  heavy_.stop();
  observer_.stop();
  run_until([] { return false; });
  check_end();
}

void server_world::check_end() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (!clients_[i]->done()) complain("client", i, "never gets its answer");
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i]->open() > 0)
      complain("core client", i, "misses " + std::to_string(states_[i]->open()) + " terminal events");
  }
  for (const runtime::cell_ptr& one : by_.known()) {
    if (!one->ended()) complain("actor", 0, one->name() + " does not end");
  }
  if (by_.time().pending() > 0)
    complain("clock", 0, std::to_string(by_.time().pending()) + " timers are left");
  if (setup_->counters.open.load() != 0) complain("sessions", 0, "are left");
  if (serving_.memory->read().of(actors::memory_owner::buffers) != 0)
    complain("sessions", 0, "have not returned the memory of their buffers");
  if (setup_->counters.unread.load() != 0) complain("sessions", 0, "have not returned their bytes");
}

run_result server_world::run() {
  try {
    foresee_work();
    build();
    begin();
    run_until([this] { return stopping_ || all_answered(); });
    if (!stopping_) check_quiet();
    end();
  } catch (const std::exception& e) {
    complain("world", 0, e.what());
  }
  result_.hash = log_.hash();
  result_.took = by_.time().now() - start_;
  result_.setting = setting_.describe();
  result_.lines = log_.lines();
  result_.dropped = log_.dropped();
  return std::move(result_);
}

}  // namespace

run_result run_server(std::uint64_t seed, std::size_t lines) {
  auto world = std::make_unique<server_world>(seed, lines);
  run_result result = world->run();
  // A world that was broken off has actors that still hold each other: it cannot be taken apart in order.
  if (!result.broken.empty()) (void)world.release();
  return result;
}

}  // namespace hawser::simulation
