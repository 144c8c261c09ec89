#include "cli/commands.hpp"
#include "cli/load/report_html.hpp"
#include "cli/load/report_json.hpp"
#include "cli/load/request_mix.hpp"
#include "cli/load/run.hpp"
#include "cli/load/trace.hpp"
#include "cli/load_table.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace hawser::cli {

namespace {

struct load_flags {
  std::string url = "http://127.0.0.1:8000";
  std::string dialect = "chat";
  std::string model, key, extra;
  std::vector<std::string> headers;
  std::string rate;
  bool even = false;
  std::uint32_t concurrency = 0;
  std::uint64_t requests = 0;
  std::string length, patience = "10m", deadline = "0", drain = "30s", skip = "0";
  std::vector<std::string> classes;
  std::string prompt = "128", answer = "64", slo_ttft = "0", slo_tpot = "0", slo_e2e = "0", think = "0";
  double prefix_share = 0, stream = 1, obey = 1, leave = 0, temperature = 0;
  std::uint32_t prefix = 0, prefixes = 1, turns = 1, retries = 0;
  std::string priority;
  std::string trace;
  double speed = 1;
  std::uint64_t seed = 1;
  bool cached = false;
  bool ignore_end = false, no_usage = false, no_keep_alive = false;
  std::string json, html;
};

template <class Value>
Value value_of(load::result<Value> read, const std::string& flag) {
  if (read.has_error())
    throw failure(exit_code::usage, (flag.empty() ? "" : flag + ": ") + read.error().what);
  return std::move(*read);
}

load::target target_from(const load_flags& flags) {
  const auto otherwise = flags.dialect == "chat"      ? load::dialect::chat
                         : flags.dialect == "predict" ? load::dialect::predict
                                                      : load::dialect::completions;
  load::target to = value_of(load::read_url(flags.url, otherwise), "");
  to.model = flags.model;
  to.key = flags.key;
  to.temperature = flags.temperature;
  to.ignore_end = flags.ignore_end;
  to.wants_usage = !flags.no_usage;
  for (const std::string& one : flags.headers) {
    const auto colon = one.find(':');
    if (colon == std::string::npos || colon == 0 || one.find_first_of("\r\n") != std::string::npos)
      throw failure(exit_code::usage, "--header " + one + ": expected NAME: VALUE");
    const auto value = one.find_first_not_of(' ', colon + 1);
    to.headers.emplace_back(one.substr(0, colon), value == std::string::npos ? "" : one.substr(value));
  }
  // What is measured is computing.
  if (!flags.cached) to.headers.emplace_back("Cache-Control", "no-store");
  if (!flags.extra.empty()) {
    boost::system::error_code failed;
    const auto read = boost::json::parse(flags.extra, failed);
    if (failed || !read.is_object() || read.get_object().empty())
      throw failure(exit_code::usage,
                    "--extra: expected a JSON object with members, such as '{\"seed\": 1}'");
    const std::string text = boost::json::serialize(read);
    to.extra = text.substr(1, text.size() - 2);
  }
  return to;
}

std::vector<load::request_class> classes_from(const load_flags& flags) {
  load::request_class common;
  common.prompt = value_of(load::read_length(flags.prompt), "--prompt");
  common.answer = value_of(load::read_length(flags.answer), "--answer");
  common.priority = flags.priority;
  common.prefix_share = flags.prefix_share;
  common.prefix = flags.prefix;
  common.prefixes = flags.prefixes;
  common.turns = flags.turns;
  common.think = value_of(load::read_time(flags.think), "--think");
  common.stream = flags.stream;
  common.obey = flags.obey;
  common.leave = flags.leave;
  common.goal.ttft = value_of(load::read_time(flags.slo_ttft), "--slo-ttft");
  common.goal.tpot = value_of(load::read_time(flags.slo_tpot), "--slo-tpot");
  common.goal.e2e = value_of(load::read_time(flags.slo_e2e), "--slo-e2e");
  std::vector<load::request_class> made;
  for (const std::string& one : flags.classes)
    made.push_back(value_of(load::read_class(one, common), "--class"));
  if (made.empty()) made.push_back(common);
  return made;
}

/// Lists stay alive as long as the source.
load::request_source source_from(const load_flags& flags, load::run_options& run) {
  if (!flags.trace.empty()) {
    auto read =
        value_of(load::read_trace(read_text(flags.trace), run.classes, flags.speed, flags.seed), "--trace");
    run.classes = std::move(read.classes);
    return [list = std::move(read.requests), at = std::size_t{0}](load::planned_request& into) mutable {
      if (at >= list.size()) return false;
      into = list[at++];
      return true;
    };
  }
  load::mix_options mix{.classes = run.classes, .rate = {}, .poisson = !flags.even};
  mix.seed = flags.seed;
  mix.length = run.length;
  if (flags.requests > 0) mix.requests = flags.requests;
  if (!flags.rate.empty()) mix.rate = value_of(load::read_rate(flags.rate), "--rate");
  auto source = std::make_shared<load::request_mix>(std::move(mix));
  return [source](load::planned_request& into) { return source->next(into); };
}

/// What decides how requests are paced; asks for one way, and for an end.
load::run_options run_from(const load_flags& flags) {
  load::run_options run;
  run.to = target_from(flags);
  run.classes = classes_from(flags);
  run.patience = value_of(load::read_time(flags.patience), "--timeout");
  run.deadline = value_of(load::read_time(flags.deadline), "--deadline");
  run.drain = value_of(load::read_time(flags.drain), "--drain");
  run.skip = value_of(load::read_time(flags.skip), "--skip");
  run.retries = flags.retries;
  run.keep_alive = !flags.no_keep_alive;
  bool has_rate = !flags.rate.empty() || !flags.trace.empty();
  for (const load::request_class& one : run.classes) has_rate = has_rate || !one.rate.empty();
  if (has_rate && flags.concurrency > 0)
    throw failure(exit_code::usage,
                  "--concurrency is for a closed loop: leave out --rate, rate= and --trace, or it");
  if (!has_rate) run.concurrency = std::max(1u, flags.concurrency);
  if (!flags.length.empty())
    run.length = value_of(load::read_time(flags.length), "--duration");
  else if (flags.requests == 0 && flags.trace.empty())
    run.length = std::chrono::seconds(10);
  run.source = source_from(flags, run);
  return run;
}

void write_file(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
    return;
  }
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) throw failure(exit_code::usage, "the file " + path + " cannot be written");
}

exit_code send_load(const load_flags& flags) {
  load::run_options options = run_from(flags);
  const bool open_loop = options.concurrency == 0;
  const auto length = options.length;
  const std::string where = options.to.host + ":" + options.to.port + options.to.path;
  progress_bar bar(where);
  const auto done = value_of(load::run(std::move(options),
                                       [&](const load::generator& now) {
                                         const auto& all = now.results();
                                         const std::string note =
                                             std::to_string(now.begun()) + " sent, " +
                                             std::to_string(now.in_flight()) + " running, " +
                                             std::to_string(all.outcomes().size()) + " ended";
                                         if (flags.requests > 0)
                                           bar.show(now.begun() - now.in_flight(), flags.requests + 1, note);
                                         else
                                           bar.show(static_cast<std::uint64_t>(now.elapsed().count()),
                                                    static_cast<std::uint64_t>(length.count()), note);
                                       }),
                             "");
  if (flags.json != "-") std::cout << load_table(done, open_loop);
  if (!flags.json.empty()) write_file(flags.json, boost::json::serialize(load::report_json(done)) + "\n");
  if (!flags.html.empty())
    write_file(flags.html, load::report_html("hawser load " + where, {{"run", &done}}));
  return exit_code::ok;
}

void add_target(const command_parser& command, load_flags& flags) {
  command.add_option("URL", flags.url, "http://HOST:PORT, or with the path of an endpoint").default_shown();
  command.add_option("--api", flags.dialect, "What is spoken, unless the URL's path says it")
      .one_of({"chat", "completions", "predict"})
      .default_shown();
  command.add_option("--model", flags.model, "The body's \"model\"; left out: none is sent");
  command.add_option("--key", flags.key, "Sent as a bearer token").or_environment("HAWSER_LOAD_KEY");
  command.add_option("--header", flags.headers, "\"NAME: VALUE\" for each request; may be repeated")
      .repeatable();
  command.add_flag("--cached", flags.cached,
                   "Let the server answer equal requests from a cache (otherwise: Cache-Control: no-store)");
  command.add_option("--extra", flags.extra, "A JSON object whose members each body gets");
  command.add_option("--temperature", flags.temperature, "The body's \"temperature\"")
      .within(0.0, 2.0)
      .default_shown();
  command.add_flag("--ignore-eos", flags.ignore_end,
                   "Send \"ignore_eos\": answers become as long as they may");
  command.add_flag("--no-usage", flags.no_usage, "Do not ask streams for the server's count of tokens");
  command.add_flag("--no-keep-alive", flags.no_keep_alive, "A connection for each request");
}

void add_pace(const command_parser& command, load_flags& flags) {
  command.add_option("--rate", flags.rate, "Open loop: requests a second, or phases: 5:10s/60:5s/5");
  command.add_flag("--even", flags.even, "Even gaps instead of a Poisson process");
  command
      .add_option("--concurrency", flags.concurrency,
                  "Closed loop: so many clients, one request each at a time")
      .within(1, 65536);
  command.add_option("--requests", flags.requests, "End after so many").within(1u, 1u << 30);
  command.add_option("--duration", flags.length, "End after so long; without --requests: 10s");
  command
      .add_option("--trace", flags.trace, "Requests and their times from a file of JSON lines (docs/load.md)")
      .type_name("FILE");
  command.add_option("--speed", flags.speed, "A trace's times are divided by this").within(0.001, 1000.0);
  command.add_option("--seed", flags.seed, "Of everything that is drawn by chance").default_shown();
  command.add_option("--skip", flags.skip, "What ends before this time does not count");
  command.add_option("--drain", flags.drain, "How long the last requests may take").default_shown();
}

void add_requests(const command_parser& command, load_flags& flags) {
  command
      .add_option("--prompt", flags.prompt,
                  "Tokens of a prompt: 128, 16-256, normal:200:50, lognormal:120:0.8, exponential:200")
      .default_shown();
  command.add_option("--answer", flags.answer, "max_tokens, written the same way").default_shown();
  command.add_option("--prefix-share", flags.prefix_share, "Share of requests that begin with a shared text")
      .within(0.0, 1.0);
  command.add_option("--prefix", flags.prefix, "Tokens of a shared text");
  command.add_option("--prefixes", flags.prefixes, "How many shared texts there are").within(1, 1 << 20);
  command.add_option("--turns", flags.turns, "Turns of a conversation; each sends what was said before")
      .within(1, 1000);
  command.add_option("--think", flags.think, "Time between two turns");
  command.add_option("--priority", flags.priority, "The body's \"priority\"");
  command.add_option("--stream", flags.stream, "Share of requests that stream")
      .within(0.0, 1.0)
      .default_shown();
  command.add_option("--leave", flags.leave, "Share of clients that go away before their answer is complete")
      .within(0.0, 1.0);
  command
      .add_option("--class", flags.classes,
                  "One kind of request of a mix: name=chat,share=0.2,prompt=64,priority=interactive,...; may "
                  "be repeated")
      .repeatable();
}

void add_patience(const command_parser& command, load_flags& flags) {
  command.add_option("--timeout", flags.patience, "A client's patience").default_shown();
  command.add_option("--deadline", flags.deadline, "Told to the server as x-request-timeout");
  command.add_option("--retries", flags.retries, "How often a refused client comes back").within(0, 100);
  command
      .add_option("--obey", flags.obey,
                  "Share of clients that wait as long as Retry-After says; others come back at once")
      .within(0.0, 1.0)
      .default_shown();
  command.add_option("--slo-ttft", flags.slo_ttft, "Goodput: the first text within this time");
  command.add_option("--slo-tpot", flags.slo_tpot, "Goodput: a token each so long, in the mean of a request");
  command.add_option("--slo-e2e", flags.slo_e2e, "Goodput: the whole answer within this time");
  command
      .add_option("--json", flags.json,
                  "Write the report as JSON; -: to standard output, instead of the table")
      .type_name("FILE");
  command.add_option("--html", flags.html, "Write the report as one page with plots").type_name("FILE");
}

}  // namespace

void add_load(const command_parser& app) {
  const auto command =
      app.add_command("load", "Send load to a server that speaks OpenAI's API, and measure its answers");
  auto flags = std::make_shared<load_flags>();
  add_target(command, *flags);
  add_pace(command, *flags);
  add_requests(command, *flags);
  add_patience(command, *flags);
  command.footer("\nWithout --rate and --trace the loop is closed: --concurrency clients (1), each of which "
                 "waits for its\n"
                 "answer. In an open loop latencies count from the time when a request was to be sent. "
                 "Times: 250ms, 2.5s, 1m.\n"
                 "Example: hawser load http://127.0.0.1:8000 --rate 20 --duration 30s --slo-ttft 500ms "
                 "--html report.html");
  command.run([flags] { return send_load(*flags); });
}

}  // namespace hawser::cli
