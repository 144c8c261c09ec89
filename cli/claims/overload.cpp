// Beyond capacity: one server, and runs of load that find its capacity and then send more.
#include "cli/claims/drive.hpp"
#include "cli/claims/finding.hpp"
#include "cli/claims/overload_judge.hpp"
#include "cli/claims/server_process.hpp"
#include "cli/commands.hpp"
#include "cli/load/report_html.hpp"
#include "cli/load/report_json.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>

namespace hawser::cli {

namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct overload_flags {
  std::string model = embed::default_model_path();
  std::string html;
  bool smoke = false;
  bool as_json = false;
};

struct named_run {
  std::string name;
  load::run_report report;
};

/// As long as the clients of drive_open wait.
constexpr nanoseconds patience = std::chrono::seconds(10);

class overload_bench {
 public:
  explicit overload_bench(const overload_flags& flags)
      : smoke_(flags.smoke), server_(flags.model, {}), to_(server_.ready(load::dialect::completions)),
        bar_("overload") {}

  void run() {
    find_capacity();
    goodput();
    classes();
    spike();
    coming_back();
    judge_time_outs();
  }

  [[nodiscard]] const std::vector<finding>& found() const noexcept { return found_; }
  // A list that keeps its members in place: pages point at them.
  [[nodiscard]] const std::deque<named_run>& runs() const noexcept { return runs_; }

 private:
  [[nodiscard]] nanoseconds lasting(std::int64_t full_ms) const {
    return milliseconds(smoke_ ? full_ms / 10 : full_ms);
  }

  [[nodiscard]] load::request_class shape(const char* name, const char* priority,
                                          nanoseconds first_text) const {
    auto made = class_of(smoke_ ? "prompt=16,answer=8" : "prompt=64,answer=48");
    made.name = name;
    made.priority = priority;
    made.goal.ttft = first_text;
    return made;
  }

  [[nodiscard]] load::request_class at_rate(load::request_class one, double times_capacity) const {
    one.rate = {{times_capacity * capacity_, nanoseconds::max()}};
    return one;
  }

  const load::run_report& drive(std::string name, std::vector<load::request_class> as, nanoseconds length,
                                std::uint32_t retries = 0) {
    bar_.show(runs_.size(), 7, name);
    // Patience and deadline are the same: what the server takes it has to finish within it. Who was told to
    // come back later must have the time to.
    const milliseconds drain(retries == 0 ? 15'000 : 75'000);
    runs_.push_back({std::move(name), drive_open(to_, std::move(as), length, drain, retries)});
    return runs_.back().report;
  }

  void find_capacity() {
    bar_.show(0, 7, "capacity");
    const std::vector<load::request_class> as{shape("all", "", {})};
    const auto done = drive_closed(to_, as, 32, smoke_ ? 32 : 512);
    // Without the start, when a server still finds its pace, and the end, when fewer and fewer clients are
    // left.
    const nanoseconds length = done.results.length();
    capacity_ = good_rate(done.results.outcomes(), as, length / 3, length * 9 / 10);
  }

  void goodput() {
    const std::vector<load::request_class> as{shape("standard", "standard", milliseconds(5000))};
    const nanoseconds length = lasting(16'000), from = lasting(4000);
    std::vector<double> rates;
    for (const double times : {1.0, 2.0, 4.0}) {
      const auto& done = drive("standard requests at " + print_number(times, 0) + "x capacity",
                               {at_rate(as[0], times)}, length);
      rates.push_back(good_rate(done.results.outcomes(), as, from, length));
    }
    const double peak = std::max(1e-9, *std::max_element(rates.begin(), rates.end()));
    for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
      found_.push_back({"goodput at " + std::string(i == 1 ? "2x" : "4x") + " capacity, of the peak",
                        100 * rates[i] / peak, 95, true, "%",
                        print_number(rates[i], 2) + " of " + print_number(peak, 2) +
                            " requests/s with first text in 5 s; capacity " + print_number(capacity_, 2)});
    }
  }

  void classes() {
    const std::vector<load::request_class> as{shape("interactive", "interactive", milliseconds(500)),
                                              shape("batch", "batch", {})};
    const nanoseconds length = lasting(12'000);
    const auto& done = drive("4x capacity, 80 % batch", {at_rate(as[0], 0.8), at_rate(as[1], 3.2)}, length);
    const auto& all = done.results.outcomes();
    const success s = success_of(all, as, 0, {}, length);
    const auto first = [&](double percent) { return to_ms(first_text_of_all(all, 0, percent, patience)); };
    found_.push_back({"interactive first text at 4x with 80 % batch, P99", first(99), 500, false, "ms",
                      "p50 " + print_number(first(50), 0) + " ms; " + print_number(100 * s.complete, 1) +
                          " % of " + std::to_string(s.requests) + " complete"});
  }

  void spike() {
    std::vector<load::request_class> as{shape("interactive", "interactive", milliseconds(500)),
                                        shape("batch", "batch", {})};
    const nanoseconds begin = lasting(4000), end = begin + lasting(4000), length = end + lasting(6000);
    as[0] = at_rate(as[0], 0.3);
    as[1].rate = {
        {0.3 * capacity_, begin}, {12 * capacity_, end - begin}, {0.3 * capacity_, nanoseconds::max()}};
    const auto& all = drive("a spike of batch to 12x capacity", as, length).results.outcomes();
    const success s = success_of(all, as, 0, begin, end);
    found_.push_back({"interactive success in a 12x batch spike", 100 * s.complete, 99.4, true, "%",
                      std::to_string(s.requests) + " requests, " + print_number(100 * s.good, 1) +
                          " % with first text in 500 ms"});
    found_.push_back({"back to normal after it", to_ms(back_to_normal(all, as, 0, end).value_or(patience)),
                      1000, false, "ms",
                      "until the last interactive request that failed or took over 500 ms"});
  }

  void coming_back() {
    const auto& done =
        drive("2x capacity, clients that obey Retry-After",
              {at_rate(shape("standard", "standard", milliseconds(5000)), 2)}, lasting(12'000), 3);
    const load::class_tally all = done.results.sum();
    const double share = all.waited_as_told == 0 ? 0
                                                 : static_cast<double>(all.back_admitted) /
                                                       static_cast<double>(all.waited_as_told);
    found_.push_back({"admitted on the first return, of those that obeyed Retry-After", 100 * share, 90, true,
                      "%", std::to_string(all.back_admitted) + " of " + std::to_string(all.waited_as_told)});
  }

  void judge_time_outs() {
    std::uint64_t late = 0, all = 0;
    for (const named_run& one : runs_) {
      const load::class_tally sum = one.report.results.sum();
      late += sum.count(load::ending::timed_out) + sum.count(load::ending::unfinished);
      all += sum.requests;
    }
    found_.push_back({"taken, and then not finished in time", static_cast<double>(late), 0, false, "requests",
                      "of " + std::to_string(all) + "; neither refused nor answered within 10 s"});
  }

  bool smoke_;
  server_process server_;
  load::target to_;
  progress_bar bar_;
  double capacity_ = 0;
  std::deque<named_run> runs_;
  std::vector<finding> found_;
};

std::vector<std::vector<std::string>> rows_of(const std::vector<finding>& found) {
  std::vector<std::vector<std::string>> rows{{"target", "ours", "wanted", "", "figures"}};
  for (const finding& f : found) {
    rows.push_back({f.what, print_number(f.ours, 1) + " " + f.unit,
                    (f.at_least ? ">= " : "<= ") + print_number(f.guide, 1) + " " + f.unit,
                    f.passes() ? "pass" : "miss", f.detail});
  }
  return rows;
}

exit_code run_overload(const overload_flags& flags) {
  (void)embed::open_model(flags.model);
  overload_bench bench(flags);
  bench.run();
  const auto rows = rows_of(bench.found());
  if (!flags.html.empty()) {
    std::string content = load::html_table(rows);
    for (const named_run& one : bench.runs()) content += load::html_of_run(one.name, one.report);
    std::ofstream file(flags.html, std::ios::binary);
    file << load::html_page("hawser beyond its capacity: " + embed::short_name(flags.model), content)
         << std::flush;
    if (!file) throw failure(exit_code::usage, "the file " + flags.html + " cannot be written");
  }
  if (!flags.as_json) {
    text_table table;
    for (const auto& row : rows) table.add_row(row);
    std::cout << table.text();
    if (flags.smoke) std::cout << "a smoke run: it shows that everything runs, the figures mean nothing\n";
    return exit_code::ok;
  }
  json::array targets, runs;
  for (const finding& f : bench.found()) targets.push_back(json_of(f, "target", "wanted"));
  for (const named_run& one : bench.runs())
    runs.push_back({{"name", one.name}, {"report", load::report_json(one.report)}});
  std::cout << json::serialize(json::object{
                   {"smoke", flags.smoke}, {"targets", std::move(targets)}, {"runs", std::move(runs)}})
            << '\n';
  return exit_code::ok;
}

}  // namespace

void add_overload(const command_parser& bench) {
  const auto command =
      bench.add_command("overload", "Send a server more than it can do, and see whether it keeps its word");
  auto flags = std::make_shared<overload_flags>();
  add_model_argument(command, flags->model);
  command.add_option("--html", flags->html, "Write a page with the plots of every run").type_name("FILE");
  command.add_flag("--smoke", flags->smoke, "Short: does everything run?");
  command.add_flag("--json", flags->as_json, "One JSON object instead of a table");
  command.footer(
      "\nIt starts a server, finds its capacity with a closed loop of 32 clients, and then sends 1x, 2x and "
      "4x of it, a mix of\n"
      "classes, a spike, and clients that come back as Retry-After tells them. Two to three minutes.");
  command.run([flags] { return run_overload(*flags); });
}

}  // namespace hawser::cli
