#include "cli/load/generator.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace hawser::load {

namespace asio = boost::asio;

generator::generator(asio::io_context& io, tcp::endpoint where, run_options options)
    : io_(io), options_(std::move(options)),
      context_{io, options_, std::move(where), std::chrono::steady_clock::now(), {}},
      tally_(options_.classes, options_.skip), next_at_(io), end_at_(io), drain_(io) {}

void generator::start(std::function<void()> on_over) {
  on_over_ = std::move(on_over);
  context_.start = std::chrono::steady_clock::now();
  has_next_ = options_.source(next_);
  if (options_.concurrency == 0) return pump();
  fill();
  // A closed loop has no list of times: it ends by the clock, or when its requests have all begun.
  if (options_.length == std::chrono::nanoseconds::max()) return;
  end_at_.expires_at(context_.start + options_.length);
  end_at_.async_wait([this](const boost::system::error_code& failed) {
    if (failed) return;
    late_ = true;
    source_dry();
  });
}

planned_request generator::take_next() {
  planned_request what = std::exchange(next_, {});
  has_next_ = options_.source(next_);
  return what;
}

void generator::fill() {
  while (!dry_ && has_next_ && running_.size() + thinking_ < options_.concurrency)
    begin(take_next(), {}, elapsed());
  if (!has_next_) source_dry();
}

void generator::pump() {
  while (has_next_ && next_.at <= elapsed()) {
    planned_request what = take_next();
    const auto due = what.at;
    begin(std::move(what), {}, due);
  }
  if (!has_next_) return source_dry();
  next_at_.expires_at(context_.start + next_.at);
  next_at_.async_wait([this](const boost::system::error_code& failed) {
    if (!failed) pump();
  });
}

void generator::begin(planned_request what, std::vector<said> before, std::chrono::nanoseconds intended) {
  ++begun_;
  histogram& gaps = tally_.gaps(what.of_class);
  const auto made = std::make_shared<exchange>(context_, std::move(what), std::move(before), gaps,
                                               [this](exchange& who) { ended(who); });
  running_.insert(made);
  made->start(intended);
}

void generator::ended(exchange& who) {
  running_.erase(who.shared_from_this());
  tally_.add(who.result());
  if (who.result().how == ending::complete && who.what().turns > 1 && !late_) go_on(who);
  // Not from inside of an exchange's turn: one that fails at once would call deeper and deeper.
  asio::post(io_, [this] {
    if (options_.concurrency > 0) fill();
    check_over();
  });
}

void generator::go_on(exchange& who) {
  planned_request next = who.what();
  --next.turns;
  next.text_seed = seed_of(next.text_seed, next.turns);
  next.prefix = 0;
  next.text.clear();
  const auto think = options_.classes[next.of_class].think;
  const auto due = elapsed() + think;
  ++thinking_;
  auto timer = std::make_shared<asio::steady_timer>(io_, think);
  timer->async_wait([this, timer, due, next = std::move(next),
                     before = std::move(who).conversation()](const boost::system::error_code&) mutable {
    --thinking_;
    if (!late_) begin(std::move(next), std::move(before), due);
    check_over();
  });
}

void generator::source_dry() {
  if (std::exchange(dry_, true)) return;
  next_at_.cancel();
  drain_.expires_after(options_.drain);
  drain_.async_wait([this](const boost::system::error_code& failed) {
    if (!failed) stop();
  });
  asio::post(io_, [this] { check_over(); });
}

void generator::stop() {
  has_next_ = false;
  late_ = true;
  source_dry();
  const auto all = running_;
  for (const auto& one : all) one->cut(ending::unfinished);
}

void generator::check_over() {
  if (!dry_ || !running_.empty() || thinking_ > 0 || !on_over_) return;
  drain_.cancel();
  end_at_.cancel();
  std::exchange(on_over_, nullptr)();
}

}  // namespace hawser::load
