#include "cli/commands.hpp"

#include "simulation/campaign.hpp"
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>

namespace hawser::cli {

namespace {

using simulation::scenario;

struct simulate_flags {
  std::uint64_t seeds = 1000;
  std::optional<std::uint64_t> from;
  std::string name = "server";
  std::string file;
  std::uint32_t threads = std::max(1u, std::thread::hardware_concurrency());
  bool trace = false;
};

std::string hex(std::uint64_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << value;
  return out.str();
}

std::string replay_command(const scenario& what, std::uint64_t seed) {
  return "hawser simulate --scenario " + std::string(what.name) + " --from " + std::to_string(seed) +
         " --seeds 1 --trace";
}

// The seed of the thread that crashes: all that is needed to see it again. Only what a handler may call.
void on_crash(int number) {
  std::array<char, 24> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), simulation::seed_at_work()).ptr;
  constexpr std::string_view text = "hawser: the simulation crashed at seed ";
  (void)!write(STDERR_FILENO, text.data(), text.size());
  (void)!write(STDERR_FILENO, digits.data(), static_cast<std::size_t>(end - digits.data()));
  (void)!write(STDERR_FILENO, "\n", 1);
  std::signal(number, SIG_DFL);
  (void)std::raise(number);
}

const scenario& scenario_of(const std::string& name) {
  if (const scenario* const found = simulation::find_scenario(name)) return *found;
  std::string names;
  for (const scenario& one : simulation::scenarios())
    names += (names.empty() ? "" : ", ") + std::string(one.name);
  throw failure(exit_code::usage, "there is no scenario \"" + name + "\": there are " + names);
}

void print_trace(const scenario& what, std::uint64_t seed) {
  constexpr std::size_t lines = 4000;
  const simulation::run_result run = what.run(seed, lines);
  std::cout << "seed " << seed << ": " << run.setting << "\n";
  if (run.dropped > 0) std::cout << "  (" << run.dropped << " lines before)\n";
  for (const std::string& line : run.lines) std::cout << line << "\n";
  std::cout << "trace " << hex(run.hash) << ", " << run.turns << " turns in "
            << std::chrono::duration<double>(run.took).count() << " s of virtual time\n";
}

void print_failure(const scenario& what, const simulation::failed_seed& one) {
  std::cout << "seed " << one.seed << " of " << what.name << " FAILED, trace " << hex(one.hash) << "\n";
  for (const std::string& sentence : one.broken) std::cout << "  - " << sentence << "\n";
  std::cout << "  again: " << replay_command(what, one.seed) << "\n";
}

exit_code report(const scenario& what, const simulation::campaign_result& all, double seconds, bool trace) {
  // The whole trace of the first; the others can be had in the same way.
  if (!all.failed.empty() && !trace) print_trace(what, all.failed.front().seed);
  for (const simulation::failed_seed& one : all.failed) print_failure(what, one);
  const simulation::client_tally& c = all.clients;
  std::cout << all.seeds << " seeds of " << what.name << ", " << all.failed.size() << " failed; "
            << static_cast<std::uint64_t>(static_cast<double>(all.seeds) * 60.0 / std::max(seconds, 1e-9))
            << " seeds/minute; " << c.asked << " questions, " << c.answered << " answers (" << c.generated
            << " texts, " << c.refused << " refused, " << c.failed << " failed), " << c.left << " left; "
            << all.turns << " turns; traces " << hex(all.hash) << "\n";
  return all.failed.empty() ? exit_code::ok : exit_code::internal;
}

exit_code simulate_seeds(const simulate_flags& flags, const scenario& what, std::uint64_t from,
                         std::uint64_t seeds) {
  using clock = std::chrono::steady_clock;
  const clock::time_point start = clock::now();
  if (flags.trace && seeds <= 8) {
    for (std::uint64_t i = 0; i < seeds; ++i) print_trace(what, from + i);
  }
  const simulation::campaign_result all =
      simulation::run_campaign(what, {.from = from, .seeds = seeds, .threads = flags.threads});
  return report(what, all, std::chrono::duration<double>(clock::now() - start).count(), flags.trace);
}

/// "server 123  # why": one seed a line.
exit_code simulate_file(const simulate_flags& flags) {
  std::ifstream in(flags.file);
  if (!in) throw failure(exit_code::usage, "cannot read " + flags.file);
  exit_code worst = exit_code::ok;
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    std::uint64_t seed = 0;
    if (!(words >> name)) continue;
    if (!(words >> seed))
      throw failure(exit_code::usage, flags.file + ": expected SCENARIO SEED, found \"" + line + "\"");
    if (simulate_seeds(flags, scenario_of(name), seed, 1) != exit_code::ok) worst = exit_code::internal;
  }
  return worst;
}

exit_code simulate(const simulate_flags& flags) {
  for (const int number : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS}) std::signal(number, &on_crash);
  if (!flags.file.empty()) return simulate_file(flags);
  const scenario& what = scenario_of(flags.name);
  std::random_device system;
  // Fresh ones are kept small enough to be read aloud.
  const std::uint64_t from = flags.from ? *flags.from : std::uint64_t{system()} * 1000;
  std::cout << "seeds " << from << " to " << from + flags.seeds - 1 << " of " << what.name << "\n"
            << std::flush;
  return simulate_seeds(flags, what, from, flags.seeds);
}

}  // namespace

void add_simulate(const command_parser& app) {
  const auto command =
      app.add_command("simulate", "Run the server in a simulated world, one seed after the other");
  auto flags = std::make_shared<simulate_flags>();
  command.add_option("--seeds", flags->seeds, "How many seeds")
      .within(std::uint64_t{1}, std::uint64_t{1} << 40u);
  command.add_option("--from", flags->from, "The first seed; left out: a fresh one, which is printed");
  command.add_option("--scenario", flags->name, "What is simulated");
  command.add_option("--file", flags->file, "Instead: the seeds of a file, SCENARIO SEED a line");
  command.add_option("--threads", flags->threads, "Seeds that are run at once").within(1u, 1024u);
  command.add_flag("--trace", flags->trace, "Print all that happens (of at most 8 seeds)");
  std::string scenarios;
  for (const scenario& one : simulation::scenarios())
    scenarios += "\n  " + std::string(one.name) + ": " + std::string(one.about);
  command.footer("\nScenarios:" + scenarios +
                 "\nThe same seed gives the same run. What is checked: docs/simulation.md.\n"
                 "Examples: hawser simulate --seeds 1000\n"
                 "          hawser simulate --from 4711 --seeds 1 --trace");
  command.run([flags] { return simulate(*flags); });
}

}  // namespace hawser::cli
