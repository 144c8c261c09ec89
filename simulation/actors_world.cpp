#include "simulation/actors_world.hpp"

#include "runtime/actor.hpp"
#include "runtime/simulated_scheduler.hpp"

#include "simulation/trace.hpp"

#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace hawser::simulation {
namespace {

using namespace std::chrono_literals;

/// Where everybody writes down what went wrong.
class ledger {
 public:
  ledger(const runtime::clock& time, std::size_t lines) : log(time, lines) {}

  void complain(std::string what) {
    log.say("BROKEN", result.broken.size(), what);
    if (result.broken.size() < 20) result.broken.push_back(std::move(what));
  }

  trace log;
  run_result result;
};

struct counted {
  std::uint32_t sender = 0;
  std::uint32_t number = 0;
};

enum class mood : std::uint8_t { answers, answers_late, keeps, drops, fails };

struct riddle : runtime::asks<std::uint32_t> {
  std::uint32_t number = 0;
  mood how = mood::answers;
};

/// Answers riddles as they tell it to, and reads letters in order.
class clerk final : public runtime::actor<clerk, counted, riddle> {
 public:
  clerk(runtime::home where, ledger& book, std::size_t senders) : actor(where), book_(book), next_(senders) {}

  void on(counted m) {
    if (m.number < next_[m.sender]) book_.complain("a letter is read out of order, or twice");
    next_[m.sender] = m.number + 1;
  }

  void on(riddle m) {
    switch (m.how) {
    case mood::answers:
      return m.to.answer(m.number * 2);
    case mood::answers_late:
      waiting_.push_back(
          after(300ms, [to = std::make_shared<runtime::reply_to<std::uint32_t>>(std::move(m.to)),
                        n = m.number] { to->answer(n * 2); }));
      return;
    case mood::keeps:
      return kept_.push_back(std::move(m.to));
    case mood::drops:
      return;
    case mood::fails:
      throw std::runtime_error("asked to fail");
    }
  }

 private:
  ledger& book_;
  std::vector<std::uint32_t> next_;  // by sender
  std::vector<runtime::timer> waiting_;
  std::vector<runtime::reply_to<std::uint32_t>> kept_;
};

struct act {};

struct guest_plan {
  std::uint32_t number = 0;
  std::uint32_t acts = 0;
  bool fragile = false;  ///< some clerk may fail or stop, or have a small mailbox: any error is explained
};

/// Sends letters and riddles to clerks, at times that it draws.
class guest final : public runtime::actor<guest, act> {
 public:
  guest(runtime::home where, ledger& book, runtime::dice chance, guest_plan plan,
        const std::vector<clerk::address_type>& clerks)
      : actor(where), book_(book), chance_(chance), plan_(plan), clerks_(clerks), sent_(clerks.size()) {}

  ~guest() override {
    if (open_ > 0) book_.complain(std::to_string(open_) + " asks have not completed");
  }

  void on(act) {
    for (std::uint32_t i = chance_.between(1, 4); i > 0; --i) {
      const std::uint32_t whom = chance_.below(static_cast<std::uint32_t>(clerks_.size()));
      if (chance_.one_in(2)) {
        if (clerks_[whom].tell(counted{plan_.number, sent_[whom]}) == runtime::told::accepted) ++sent_[whom];
      } else {
        ask_riddle(whom);
      }
    }
    if (--plan_.acts > 0)
      next_ = after(std::chrono::microseconds(chance_.below(50'000)), [this] { on(act{}); });
    if (plan_.acts == 0) leave_when_done();
  }

 private:
  void ask_riddle(std::uint32_t whom) {
    riddle m;
    m.number = chance_.below(1000);
    m.how = plan_.fragile ? static_cast<mood>(chance_.below(5)) : static_cast<mood>(chance_.below(2));
    const std::uint32_t expected = m.number * 2;
    const bool may_fail = plan_.fragile;
    const auto done = std::make_shared<int>(0);
    ++open_;
    ask(clerks_[whom], std::move(m), 2s,
        [this, expected, may_fail, done](boost::system::error_code ec, std::uint32_t got) {
          if (++*done > 1) book_.complain("an ask completes twice");
          if (ec && !may_fail) book_.complain("an ask fails for no reason: " + ec.message());
          if (!ec && got != expected) book_.complain("an ask gets another's answer");
          --open_;
          book_.log.say("guest", plan_.number, ec ? ec.message() : "has its answer");
          leave_when_done();
        });
  }

  void leave_when_done() {
    if (plan_.acts == 0 && open_ == 0) close();
  }

  ledger& book_;
  runtime::dice chance_;
  guest_plan plan_;
  const std::vector<clerk::address_type>& clerks_;
  std::vector<std::uint32_t> sent_;
  std::uint32_t open_ = 0;
  runtime::timer next_;
};

struct take_it : runtime::asks<bool> {};
struct give_back {};

/// A lock as an actor: whoever asks first has it first.
class vault final : public runtime::actor<vault, take_it, give_back> {
 public:
  using actor::actor;

  void on(take_it m) {
    if (std::exchange(taken_, true)) return waiting_.push_back(std::move(m.to));
    m.to.answer(true);
  }
  void on(give_back) {
    taken_ = !waiting_.empty();
    if (!taken_) return;
    waiting_.front().answer(true);
    waiting_.pop_front();
  }

 private:
  bool taken_ = false;
  std::deque<runtime::reply_to<bool>> waiting_;
};

/// Needs two vaults at once, again and again. Everybody takes the one of the lower number first: whoever has
/// one then waits only for somebody who waits for nobody with a lower one.
class porter final : public runtime::actor<porter, act> {
 public:
  porter(runtime::home where, ledger& book, runtime::dice chance, std::uint32_t rounds,
         const std::vector<vault::address_type>& vaults)
      : actor(where), book_(book), chance_(chance), rounds_(rounds), vaults_(vaults) {}

  void on(act) {
    const auto many = static_cast<std::uint32_t>(vaults_.size());
    first_ = chance_.below(many);
    second_ = (first_ + chance_.between(1, many - 1)) % many;
    in_order();
    ask(vaults_[first_], take_it{}, patience, [this](boost::system::error_code ec, bool) {
      if (ec) return fail("first", ec);
      ask(vaults_[second_], take_it{}, patience, [this](boost::system::error_code late, bool) {
        if (late) return fail("second", late);
        rest_ = after(std::chrono::microseconds(chance_.below(2000)), [this] { put_down(); });
      });
    });
  }

 private:
  // Far more than all porters together need.
  static constexpr runtime::duration patience = 60s;

  void in_order() {
    if (second_ < first_) std::swap(first_, second_);
  }

  void put_down() {
    vaults_[second_].notify(give_back{});
    vaults_[first_].notify(give_back{});
    if (--rounds_ == 0) return close();
    rest_ = after(std::chrono::microseconds(chance_.below(1000)), [this] { on(act{}); });
  }

  void fail(const char* which, boost::system::error_code ec) {
    book_.complain(std::string("a porter does not get its ") + which + " vault: " + ec.message());
    close();
  }

  ledger& book_;
  runtime::dice chance_;
  std::uint32_t rounds_;
  const std::vector<vault::address_type>& vaults_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
  runtime::timer rest_;
};

runtime::simulated_habits draw_habits(runtime::dice& chance) {
  return {.letters = chance.one_in(2) ? 1 : chance.between(2, 64),
          .turn_cost = std::chrono::nanoseconds(chance.below(2000)),
          .turns_a_rank = chance.one_in(3) ? chance.between(3, 100) : 0};
}

class actors_world {
 public:
  actors_world(std::uint64_t seed, std::size_t lines)
      : dice_(seed), habits_(draw_habits(dice_)), by_(dice_.draw(), habits_), book_(by_.time(), lines) {}

  run_result run() {
    const runtime::time_point start = by_.time().now();
    by_.watch_turns([this](std::uint32_t number, const runtime::cell& who) {
      ++book_.result.turns;
      book_.log.turn(number, who.name());
    });
    try {
      raise();
      let_run();
    } catch (const std::exception& e) {
      book_.complain(e.what());
    }
    book_.result.hash = book_.log.hash();
    book_.result.took = by_.time().now() - start;
    book_.result.setting = std::to_string(clerks_.size()) + " clerks, " + std::to_string(guests_) +
                           " guests, " + std::to_string(porters_) + " porters, " +
                           std::to_string(vaults_.size()) + " vaults";
    book_.result.lines = book_.log.lines();
    book_.result.dropped = book_.log.dropped();
    return std::move(book_.result);
  }

 private:
  void raise() {
    const bool fragile = dice_.one_in(2);
    const std::uint32_t clerks = dice_.between(1, 4);
    guests_ = dice_.between(1, 4);
    ends_.resize(clerks);
    for (std::uint32_t i = 0; i < clerks; ++i) {
      clerks_.push_back(runtime::spawn<clerk>(by_,
                                              {.name = "clerk",
                                               .mailbox = fragile ? dice_.between(1, 8) : 4096,
                                               .watcher =
                                                   [this, i](const auto&) {
                                                     if (++ends_[i] > 1)
                                                       book_.complain("the end of an actor is told twice");
                                                   }},
                                              book_, guests_));
      if (fragile && dice_.one_in(4)) {
        timers_.push_back(by_.time().call_after(std::chrono::microseconds(dice_.below(100'000)),
                                                [one = clerks_.back()] { one.stop(); }));
      }
    }
    for (std::uint32_t i = 0; i < guests_; ++i) {
      const auto one = runtime::spawn<guest>(by_, {.name = "guest"}, book_, dice_.fork(),
                                             guest_plan{i, dice_.between(1, 12), fragile}, clerks_);
      one.notify(act{});
    }
    const std::uint32_t vaults = dice_.between(2, 4);
    porters_ = dice_.between(1, 5);
    for (std::uint32_t i = 0; i < vaults; ++i)
      vaults_.push_back(runtime::spawn<vault>(by_, {.name = "vault"}));
    for (std::uint32_t i = 0; i < porters_; ++i)
      runtime::spawn<porter>(by_, {.name = "porter"}, book_, dice_.fork(), dice_.between(1, 6), vaults_)
          .notify(act{});
  }

  void let_run() {
    rest();
    for (const auto& one : clerks_) one.stop();
    for (const auto& one : vaults_) one.stop();
    rest();
    for (const runtime::cell_ptr& one : by_.known()) {
      if (!one->ended()) book_.complain(one->name() + " does not end");
    }
    for (const int times : ends_) {
      if (times != 1) book_.complain("the end of an actor is told " + std::to_string(times) + " times");
    }
    if (by_.time().pending() > 0) book_.complain(std::to_string(by_.time().pending()) + " timers are left");
  }

  void rest() {
    constexpr std::uint64_t most = 1'000'000;
    while (by_.step()) {
      if (book_.result.turns > most) throw std::runtime_error("the actors do not come to rest");
    }
  }

  runtime::dice dice_;
  runtime::simulated_habits habits_;
  runtime::simulated_scheduler by_;
  ledger book_;
  std::vector<clerk::address_type> clerks_;
  std::vector<vault::address_type> vaults_;
  std::vector<int> ends_;  // [clerks]
  std::vector<runtime::timer> timers_;
  std::uint32_t guests_ = 0;
  std::uint32_t porters_ = 0;
};

}  // namespace

run_result run_actors(std::uint64_t seed, std::size_t lines) {
  auto world = std::make_unique<actors_world>(seed, lines);
  run_result result = world->run();
  // One that was broken off has actors that still hold each other.
  if (!result.broken.empty()) (void)world.release();
  return result;
}

}  // namespace hawser::simulation
