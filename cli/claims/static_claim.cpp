// Static batches of 16 against dynamic batching, five clients. Both go to the same server; the static side
// stands behind a gate that gathers requests, lets a batch run to its end, and lets nobody join.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/claims/static_gate.hpp"
#include "cli/failure.hpp"
#include "cli/load/chance.hpp"
#include "cli/load/exchange.hpp"
#include "cli/load/tally.hpp"
#include "cli/text_table.hpp"

#include <boost/asio/post.hpp>

namespace hawser::cli {

namespace {

namespace asio = boost::asio;

/// Clients that ask, read, think for a moment and ask again, until the time is over.
class five_clients {
 public:
  five_clients(load::target to, load::request_class as, std::optional<static_gate> gate,
               std::chrono::nanoseconds length)
      : gate_(gate), length_(length), tally_({as}, {}),
        context_{io_, options_, endpoint_of(io_, to), std::chrono::steady_clock::now(), {}}, timer_(io_) {
    options_.to = std::move(to);
    options_.to.ignore_end = true;
    options_.classes = {std::move(as)};
    for (std::uint64_t i = 0; i < 5; ++i) lanes_.emplace_back(load::seed_of(3, i));
  }

  /// Median time to the first text, in milliseconds, from when a client asked.
  double run() {
    context_.start = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < lanes_.size(); ++i) think(i);
    io_.run();
    return to_ms(tally_.sum().ttft.percentile(50));
  }

 private:
  static load::tcp::endpoint endpoint_of(asio::io_context& io, const load::target& to) {
    boost::system::error_code failed;
    const auto found = load::tcp::resolver(io).resolve(to.host, to.port, failed);
    if (failed) throw failure(exit_code::internal, "the server's address: " + failed.message());
    return found.begin()->endpoint();
  }

  [[nodiscard]] std::chrono::nanoseconds now() const {
    return std::chrono::steady_clock::now() - context_.start;
  }

  void think(std::uint64_t who) {
    constexpr double mean = 0.2;
    const auto pause =
        std::chrono::nanoseconds(static_cast<std::int64_t>(lanes_[who].exponential() * mean * 1e9));
    if (now() + pause > length_) return;
    auto timer = std::make_shared<asio::steady_timer>(io_, pause);
    timer->async_wait([this, who, timer](const boost::system::error_code&) { ask(who); });
  }

  void ask(std::uint64_t who) {
    asked_[who] = now();
    if (!gate_) return send(who);
    gate_->ask(who, now());
    open();
  }

  void open() {
    for (const std::uint64_t who : gate_->release(now())) send(who);
    const auto due = gate_->due();
    if (!due) return;
    timer_.expires_at(context_.start + *due);
    timer_.async_wait([this](const boost::system::error_code& failed) {
      if (!failed) open();
    });
  }

  void send(std::uint64_t who) {
    load::planned_request what;
    what.prompt = options_.classes[0].prompt.draw(lanes_[who]);
    what.answer = options_.classes[0].answer.draw(lanes_[who]);
    what.text_seed = lanes_[who].next();
    const auto made =
        std::make_shared<load::exchange>(context_, what, std::vector<load::said>{}, tally_.gaps(0),
                                         [this, who](load::exchange& e) { ended(who, e); });
    made->start(asked_[who]);
  }

  void ended(std::uint64_t who, load::exchange& e) {
    tally_.add(e.result());
    asio::post(io_, [this, who] {
      think(who);
      if (!gate_) return;
      gate_->done();
      open();
    });
  }

  std::optional<static_gate> gate_;
  std::chrono::nanoseconds length_;
  load::run_options options_;
  load::tally tally_;
  asio::io_context io_{1};
  load::exchange_context context_;
  asio::steady_timer timer_;
  std::vector<load::chance> lanes_;
  std::array<std::chrono::nanoseconds, 5> asked_{};
};

}  // namespace

std::vector<finding> measure_static_batching(const claim_setting& with) {
  server_process server(with.model, {});
  const auto to = server.ready(load::dialect::completions);
  const auto as = class_of(with.either("prompt=48,answer=16-128", "prompt=16,answer=4-16"));
  const std::chrono::nanoseconds length =
      with.either(std::chrono::milliseconds(4000), std::chrono::milliseconds(700));
  // As short a wait as a static batcher can have without giving up on its batch: the baseline at its best.
  const static_gate gate(16, std::chrono::milliseconds(50));
  std::vector<double> dynamic, waits;
  for (std::uint32_t i = 0; i < with.rounds(); ++i) {
    dynamic.push_back(five_clients(to, as, std::nullopt, length).run());
    waits.push_back(five_clients(to, as, gate, length).run());
  }
  const double ours = median_of(dynamic), theirs = median_of(waits);
  return {{"median time to first text, 5 clients", ours > 0 ? theirs / ours : 0, 5, true, "x",
           print_number(ours, 1) + " against " + print_number(theirs, 1) + " ms"}};
}

}  // namespace hawser::cli
