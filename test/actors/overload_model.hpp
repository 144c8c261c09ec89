/// A server as a queue: requests of three classes, a device that runs steps, and the real ingress plan at its
/// door.
#pragma once

#include "actors/ingress_plan.hpp"
#include "runtime/dice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace hawser::actors {

/// One population of clients that arrive on their own, at `rate` a second from `from` to `to`.
struct traffic {
  priority rank = priority::standard;
  double rate = 1.0;
  double from = 0.0;
  double to = 1e9;
  double longest_prompt = 256;
  double answer = 40;   ///< tokens, the mean of a geometric law
  double within = 0.0;  ///< seconds that the client waits, told to the server; 0: for ever
  bool obeys = false;   ///< comes back when it was told to, as often as it takes (at most 20 times)
};

struct counted {
  int offered = 0;
  int refused = 0;  ///< refusals, all tries
  int finished = 0;
  int in_time = 0;                  ///< finished, first token within the class's target
  int late = 0;                     ///< let in, and not done when its client went
  int dropped = 0;                  ///< refused after they had been let in
  int came_back = 0;                ///< tries of those that obey
  int let_in_then = 0;              ///< of them, accepted
  std::vector<double> first_token;  ///< seconds, of the finished
  std::vector<double> in_time_at;   ///< when they came, of those in time

  [[nodiscard]] double percentile(double share) {
    if (first_token.empty()) return 0.0;
    std::sort(first_token.begin(), first_token.end());
    return first_token[static_cast<std::size_t>(share * static_cast<double>(first_token.size() - 1))];
  }
};

class overload_model {
 public:
  explicit overload_model(ingress_limits limits, std::uint64_t seed = 1) : plan_(limits), chance_(seed) {
    plan_.know_model(8192, 1000);
    plan_.know_room({.page_tokens = 32, .groups = {{.window = 0, .pages = 1440}}}, seats);
    for (std::size_t i = 0; i < rank_count; ++i) targets_[i] = limits.admission.first_token[i];
  }

  /// Runs for so many seconds of its own time.
  void run(const std::vector<traffic>& all, double seconds) {
    for (const traffic& t : all) arrive_next(t, t.from);
    while (now_ < seconds) {
      take_arrivals();
      if (now_ >= next_watch_) look();
      send_late_home();
      step();
    }
  }

  /// The rates that the door is told are so many times the true ones.
  void misreport(double times) { told_ = times; }

  [[nodiscard]] counted& of(priority rank) { return counts_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] const ingress_plan& plan() const noexcept { return plan_; }

  static constexpr std::uint32_t seats = 64;
  static constexpr double prefill_rate = 2500;
  static constexpr double step_begin = 0.008;
  static constexpr double step_each = 0.0006;

 private:
  struct job {
    request_id id = 0;
    traffic from;
    double born = 0.0;     // first try
    double arrived = 0.0;  // this try
    int tries = 0;
    std::uint32_t prompt = 0;
    std::uint32_t answer = 0;
    std::uint32_t computed = 0;
    std::uint32_t said = 0;
    double first = -1.0;
  };
  struct event {
    double at = 0.0;
    job what;
    bool fresh = true;
    bool operator<(const event& other) const noexcept { return at > other.at; }
  };

  static runtime::time_point at(double seconds) {
    return runtime::time_point{} + std::chrono::hours(1) +
           std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(seconds));
  }
  double draw() { return runtime::unit_of(chance_()); }

  void arrive_next(const traffic& t, double after) {
    const double when = after - std::log(1.0 - draw()) / t.rate;
    if (when > t.to) return;
    job made;
    made.from = t;
    made.born = when;
    made.prompt = static_cast<std::uint32_t>(16 + draw() * (t.longest_prompt - 16));
    made.answer = std::min(128u, 1 + static_cast<std::uint32_t>(-std::log(1.0 - draw()) * t.answer));
    events_.push({when, made, true});
  }

  void take_arrivals() {
    while (!events_.empty() && events_.top().at <= now_) {
      event e = events_.top();
      events_.pop();
      if (e.fresh) {
        arrive_next(e.what.from, e.at);
        ++of(e.what.from.rank).offered;
      }
      knock(std::move(e.what), e.at);
    }
  }

  void knock(job who, double when) {
    counted& c = of(who.from.rank);
    const bool returns = who.tries > 0;
    if (returns) ++c.came_back;
    generate g;
    g.id = who.id = ++last_;
    g.spec.rank = who.from.rank;
    g.spec.prompt = token_prompt{std::vector<model::token_id>(who.prompt, 1)};
    g.spec.max_tokens = 128;
    g.spec.returns = returns;
    if (who.from.within > 0) g.spec.deadline = at(when + who.from.within);
    who.arrived = when;
    auto no = plan_.arrive(g, phase::ready, at(when), draw());
    if (!no) {
      auto next = plan_.prompt_made({who.id, std::vector<model::token_id>(who.prompt, 1)}, at(when), draw());
      no = std::move(next->no);
    }
    if (no) return sent_away(std::move(who), *no);
    if (returns) ++c.let_in_then;
    waiting_[static_cast<std::size_t>(who.from.rank)].push_back(std::move(who));
  }

  void sent_away(job who, const refused& no) {
    ++of(who.from.rank).refused;
    if (!who.from.obeys || ++who.tries > 20) return;
    events_.push({now_ + std::chrono::duration<double>(no.retry_after).count(), std::move(who), false});
  }

  void look() {
    next_watch_ = now_ + 0.05;
    ingress_plan::late_ones late = plan_.watch(at(now_), draw());
    for (const serve_newest& order : late.order) newest_[static_cast<std::size_t>(order.rank)] = order.newest;
    for (shed& s : late.waiting) {
      for (auto& line : waiting_) {
        const auto found =
            std::find_if(line.begin(), line.end(), [&](const job& j) { return j.id == s.no.id; });
        if (found == line.end()) continue;
        job who = std::move(*found);
        line.erase(found);
        plan_.left({.id = who.id, .why = finish::cancelled});
        ++of(who.from.rank).dropped;
        sent_away(std::move(who), s.no);
        break;
      }
    }
  }

  void send_late_home() {
    const auto late = [this](const job& j) {
      if (j.from.within == 0 || now_ <= j.arrived + j.from.within) return false;
      ++of(j.from.rank).late;
      plan_.left({.id = j.id, .why = finish::deadline});
      return true;
    };
    for (auto& line : waiting_) std::erase_if(line, late);
    std::erase_if(running_, late);
  }

  // Classes in order, then the newest or the oldest; who is of a higher class takes the seat of the newest of
  // the lowest.
  /// Who has used half of the time that it was promised an answer in goes before all.
  std::size_t level(const job& j) const {
    const bool presses = j.from.within > 0 && now_ >= j.arrived + j.from.within / 2;
    return presses ? 0 : static_cast<std::size_t>(j.from.rank);
  }

  void seat() {
    for (std::size_t rank = 0; rank < rank_count; ++rank) {
      auto& line = waiting_[rank];
      while (!line.empty()) {
        if (running_.size() >= seats) {
          const auto victim =
              std::max_element(running_.begin(), running_.end(), [this](const job& a, const job& b) {
                return std::pair(level(a), a.id) < std::pair(level(b), b.id);
              });
          if (level(*victim) <= rank) return;
          victim->computed = 0;
          waiting_[static_cast<std::size_t>(victim->from.rank)].push_front(std::move(*victim));
          running_.erase(victim);
        }
        running_.push_back(std::move(newest_[rank] ? line.back() : line.front()));
        newest_[rank] ? line.pop_back() : line.pop_front();
        plan_.started(running_.back().id);
      }
    }
  }

  void step() {
    seat();
    std::uint32_t decodes = 0;
    for (const job& j : running_) decodes += j.computed >= j.prompt + j.said ? 1 : 0;
    const double of_answers = decodes > 0 ? step_begin + step_each * decodes : 0.0;
    auto room = static_cast<std::uint32_t>(
        std::max(16.0, (std::max(0.1, 2 * of_answers) - of_answers) * prefill_rate));
    std::uint32_t prompts = 0;
    std::sort(running_.begin(), running_.end(), [this](const job& a, const job& b) {
      return std::pair(level(a), a.id) < std::pair(level(b), b.id);
    });
    std::vector<std::size_t> speaks;
    for (std::size_t i = 0; i < running_.size(); ++i) {
      job& j = running_[i];
      const std::uint32_t whole = j.prompt + j.said;
      if (j.computed >= whole) {
        speaks.push_back(i);
        continue;
      }
      const std::uint32_t chunk = std::min(whole - j.computed, room);
      j.computed += chunk;
      room -= chunk;
      prompts += chunk;
      if (j.computed >= whole) speaks.push_back(i);
    }
    now_ +=
        std::max({0.002, of_answers + prompts / prefill_rate, speaks.empty() && prompts == 0 ? 0.01 : 0.0});
    tell_rates(decodes > 0 ? of_answers : 0.0, of_answers + prompts / prefill_rate);
    for (const std::size_t i : speaks) speak(running_[i]);
    std::erase_if(running_, [](const job& j) { return j.said >= j.answer; });
  }

  void speak(job& j) {
    ++j.said;
    j.computed = j.prompt + j.said;
    if (j.first < 0) {
      j.first = now_;
      plan_.answering(j.id, at(now_));
    }
    if (j.said < j.answer) return;
    counted& c = of(j.from.rank);
    ++c.finished;
    c.first_token.push_back(j.first - j.arrived);
    const double target =
        std::chrono::duration<double>(targets_[static_cast<std::size_t>(j.from.rank)]).count();
    if (target == 0.0 || j.first - j.arrived <= target) {
      ++c.in_time;
      c.in_time_at.push_back(j.arrived);
    }
    plan_.left({.id = j.id,
                .why = j.answer >= 128 ? finish::length : finish::stop,
                .prompt_tokens = j.prompt,
                .cached_tokens = 0,
                .answer_tokens = j.answer});
  }

  void tell_rates(double of_answers, double of_step) {
    if (of_answers > 0) {
      mean_ = mean_ > 0 ? mean_ + (of_answers - mean_) / 64 : of_answers;
      pace_ = pace_ > 0 ? pace_ + (of_step - pace_) / 64 : of_step;
    }
    if (now_ < next_state_) return;
    next_state_ = now_ + 0.1;
    batch_state s;
    s.prefill_rate = told_ * prefill_rate;
    s.decode_step =
        std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(mean_ / told_));
    s.token_pace =
        std::chrono::duration_cast<runtime::duration>(std::chrono::duration<double>(pace_ / told_));
    plan_.know_batch(s);
  }

  ingress_plan plan_;
  std::mt19937_64 chance_;
  std::priority_queue<event> events_;
  std::array<std::deque<job>, rank_count> waiting_;
  std::array<bool, rank_count> newest_{};
  std::array<runtime::duration, rank_count> targets_{};
  std::array<counted, rank_count> counts_;
  std::vector<job> running_;
  request_id last_ = 0;
  double now_ = 0.0;
  double next_watch_ = 0.0;
  double next_state_ = 0.0;
  double mean_ = 0.0;
  double pace_ = 0.0;
  double told_ = 1.0;
};

}  // namespace hawser::actors
