#include "simulation/http_client.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace hawser::simulation {
namespace {

std::string in_ms(runtime::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

}  // namespace

client_tally& client_tally::operator+=(const client_tally& other) noexcept {
  asked += other.asked;
  answered += other.answered;
  generated += other.generated;
  refused += other.refused;
  failed += other.failed;
  left += other.left;
  return *this;
}

http_client::http_client(client_host& world, std::uint64_t number, runtime::dice chance, client_plan plan)
    : world_(world), number_(number), chance_(chance), plan_(std::move(plan)) {}

void http_client::complain(const std::string& what) {
  world_.complain("client", number_, what);
}

void http_client::start() {
  if (plan_.how != leaving::stays)
    leave_timer_ = world_.time().call_after(plan_.leaves_after, [this] { leave(); });
  connect();
}

void http_client::connect() {
  if (done_ || left_) return;
  wires_.push_back(std::make_unique<wire>(world_.time(), chance_.fork(), plan_.habits));
  wire& now = *wires_.back();
  now.on_bytes = [this](std::string_view bytes) { heard(bytes); };
  now.on_end = [this](bool reset) { ended(reset); };
  reader_ = {};
  last_ = false;
  told_ = false;
  deaf_ = false;
  connected_ = world_.connect(now, number_);
  world_.log().say("client", number_, connected_ ? "connects" : "finds nobody listening");
  if (!connected_) return finish();
  ask();
}

void http_client::ask() {
  while (connected_ && !left_ && !last_ && unsent_.empty() && waiting_.size() < plan_.ahead &&
         next_ < plan_.questions.size()) {
    const question& q = plan_.questions[next_];
    world_.log().say("client", number_, "asks " + q.name);
    ++world_.tally().asked;
    waiting_.push_back({next_++, world_.time().now()});
    last_ = q.closes;
    send(q.bytes);
  }
}

void http_client::send(std::string_view bytes) {
  if (plan_.drip == runtime::duration::zero()) return wires_.back()->send(bytes);
  unsent_ = bytes;
  drip();
}

void http_client::drip() {
  if (!connected_ || left_ || unsent_.empty()) return;
  const std::size_t part = std::min<std::size_t>(unsent_.size(), chance_.between(1, 64));
  wires_.back()->send(std::string_view(unsent_).substr(0, part));
  unsent_.erase(0, part);
  waiting_.back().when = world_.time().now();
  if (unsent_.empty()) return ask();
  drip_timer_ = world_.time().call_after(plan_.drip, [this] { drip(); });
}

void http_client::heard(std::string_view bytes) {
  if (left_ || deaf_) return;
  reader_.add(bytes);
  take_answers();
}

void http_client::take_answers() {
  while (!left_) {
    const bool head_only = !waiting_.empty() && plan_.questions[waiting_.front().index].head_only;
    const auto got = reader_.next(head_only);
    if (!reader_.broken().empty()) {
      complain("gets a malformed response: " + reader_.broken());
      return finish();
    }
    if (!got) return;
    if (waiting_.empty()) {
      unasked(*got);
    } else {
      answered(*got);
    }
    // An answer that came before its question was read cannot know that the question is HEAD: its body
    // follows.
    if (head_only && got->closes && got->status >= 400) deaf_ = true;
    if (deaf_) reader_ = {};
  }
}

void http_client::unasked(const whole_response& got) {
  const circumstances now = world_.since(last_answer_);
  const bool turned_away = got.status == 503 && now.crowded;
  const bool too_slow = got.status == 408 && plan_.dawdles;
  if (got.closes && (turned_away || too_slow)) return;
  complain("gets a response that it did not ask for: " + std::to_string(got.status));
}

void http_client::answered(const whole_response& got) {
  const asked front = waiting_.front();
  waiting_.pop_front();
  const question& q = plan_.questions[front.index];
  world_.log().say("client", number_,
                   "gets " + std::to_string(got.status) + " for " + q.name +
                       (q.unsized ? "" : ", " + std::to_string(got.body.size()) + " bytes"));
  const bool too_slow = got.status == 408 && plan_.dawdles && got.closes;
  std::string wrong;
  try {
    if (!too_slow) wrong = judge(q, got, world_.since(front.when));
  } catch (const std::exception& e) {
    wrong = std::string("a body of another shape: ") + e.what();
  }
  if (!wrong.empty()) complain("asked " + q.name + " and got " + wrong);
  check_time(q, front);
  count(q, got);
  last_answer_ = world_.time().now();
  told_ = told_ || got.closes;
  last_ = last_ || told_;
  if (q.closes && !got.closes) complain("asked " + q.name + ", after which the connection should close");
  go_on();
}

void http_client::check_time(const question& q, const asked& front) {
  if (plan_.slow) return;
  const runtime::duration took = world_.time().now() - std::max(front.when, last_answer_);
  if (took > world_.patience()) complain("waited " + in_ms(took) + " for " + q.name);
  // Behind others, or with others behind it, the wire's own times are not this question's.
  if (!q.probe || plan_.ahead > 1 || plan_.drip > runtime::duration::zero()) return;
  const runtime::duration reply = wires_.back()->reply_time();
  if (reply > world_.probe_patience()) complain("its " + q.name + " was answered after " + in_ms(reply));
}

void http_client::count(const question& q, const whole_response& got) {
  client_tally& tally = world_.tally();
  ++tally.answered;
  if (got.status == 503 || got.status == 504) ++tally.refused;
  const bool in_band = q.stream && got.status == 200 && !got.body.ends_with("data: [DONE]\n\n");
  if (got.status == 500 || in_band) ++tally.failed;
  if (got.status == 200 && q.speaks != dialect::none && !in_band) ++tally.generated;
}

void http_client::go_on() {
  if (left_ || done_) return;
  if (waiting_.empty() && next_ == plan_.questions.size()) return finish();
  if (last_ || next_ == plan_.questions.size()) return;
  timer_ = world_.time().call_after(plan_.think, [this] { ask(); });
}

void http_client::ended(bool reset) {
  world_.log().say("client", number_, reset ? "is reset" : "sees the end");
  if (left_) return;
  connected_ = false;
  if (!reset) reader_.end();
  take_answers();
  if (done_) return;
  const circumstances now = world_.since(waiting_.empty() ? last_answer_ : waiting_.front().when);
  // A server that stops may close what it has not begun to answer; so may one that waits for an idle client,
  // which a slow reader is from the moment when all is written.
  const bool explained = told_ || now.stopping || plan_.dawdles || (plan_.slow && !reset) ||
                         (reset && (plan_.droppable || now.crowded));
  if (reader_.begun() && !(reset && (plan_.droppable || now.stopping)))
    complain("is cut off in the middle of a response: " + std::string(reader_.rest().substr(0, 60)));
  if (!waiting_.empty() && !explained) complain("is cut off without an answer");
  // What the server did not look at any more is asked again; what was cut off is not.
  if (!waiting_.empty()) next_ = waiting_.front().index + (told_ ? 0 : 1);
  waiting_.clear();
  unsent_.clear();
  if (next_ >= plan_.questions.size()) return finish();
  timer_ = world_.time().call_after(plan_.think + std::chrono::milliseconds(1), [this] { connect(); });
}

void http_client::leave() {
  if (done_ || !connected_) return;
  world_.log().say("client", number_, "leaves");
  left_ = true;
  if (!waiting_.empty()) ++world_.tally().left;
  wire& now = *wires_.back();
  switch (plan_.how) {
  case leaving::stays:
    break;
  case leaving::finishes:
    now.finish();
    break;
  case leaving::resets:
    now.reset();
    break;
  case leaving::falls_silent:
    now.fall_silent();
    break;
  case leaving::stops_reading:
    now.stop_reading();
    break;
  }
  finish();
}

void http_client::finish() {
  done_ = true;
  timer_.cancel();
  drip_timer_.cancel();
  leave_timer_.cancel();
}

void http_client::hang_up() {
  if (connected_ && !left_) wires_.back()->finish();
}

}  // namespace hawser::simulation
