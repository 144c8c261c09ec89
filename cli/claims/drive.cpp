#include "cli/claims/drive.hpp"

#include "cli/failure.hpp"
#include "cli/load/report_json.hpp"
#include "cli/load/request_mix.hpp"

#include <memory>

namespace hawser::cli {

namespace {

load::run_report carry_out(load::run_options run) {
  auto done = load::run(std::move(run));
  if (done.has_error()) throw failure(exit_code::internal, done.error().what);
  if (done->interrupted) throw failure(exit_code::internal, "interrupted");
  return std::move(*done);
}

/// A figure of the answers that came says nothing when others did not.
load::run_report all_answered(load::run_report done) {
  const load::class_tally all = done.results.sum();
  const std::uint64_t complete = all.count(load::ending::complete);
  if (all.requests == 0 || complete != all.requests) {
    throw failure(exit_code::internal, "only " + std::to_string(complete) + " of " +
                                           std::to_string(all.requests) +
                                           " requests were answered: no figure can be given");
  }
  return done;
}

load::request_source source_of(load::mix_options options) {
  return [mix = std::make_shared<load::request_mix>(std::move(options))](load::planned_request& into) {
    return mix->next(into);
  };
}

}  // namespace

load::run_report drive_closed(load::target to, std::vector<load::request_class> classes,
                              std::uint32_t clients, std::uint64_t requests, std::uint64_t seed) {
  load::run_options run;
  run.to = std::move(to);
  run.to.ignore_end = true;
  run.classes = std::move(classes);
  run.concurrency = clients;
  load::mix_options mix{.classes = run.classes, .rate = {}};
  mix.requests = requests;
  mix.seed = seed;
  run.source = source_of(std::move(mix));
  return all_answered(carry_out(std::move(run)));
}

load::run_report drive_open(load::target to, std::vector<load::request_class> classes,
                            std::chrono::nanoseconds length, std::chrono::nanoseconds drain,
                            std::uint32_t retries, std::uint64_t seed) {
  load::run_options run;
  run.to = std::move(to);
  run.to.ignore_end = true;
  run.classes = std::move(classes);
  run.length = length;
  run.drain = drain;
  run.patience = run.deadline = std::chrono::seconds(10);
  run.retries = retries;
  load::mix_options mix{.classes = run.classes, .rate = {}};
  mix.length = length;
  mix.seed = seed;
  run.source = source_of(std::move(mix));
  return carry_out(std::move(run));
}

load::run_report drive_texts(load::target to, const std::vector<std::string>& texts, std::uint32_t answer) {
  load::run_options run;
  run.to = std::move(to);
  run.to.ignore_end = true;
  run.classes = {load::request_class{}};
  run.concurrency = 1;
  run.source = [texts, answer, at = std::size_t{0}](load::planned_request& into) mutable {
    if (at >= texts.size()) return false;
    into = {};
    into.text = texts[at++];
    into.answer = answer;
    into.stream = false;
    return true;
  };
  return all_answered(carry_out(std::move(run)));
}

load::request_class class_of(const std::string& text) {
  auto read = load::read_class(text, {});
  if (read.has_error()) throw failure(exit_code::internal, read.error().what);
  return std::move(*read);
}

double tokens_per_second(const load::run_report& of) {
  return load::rates_of(of.results.sum(), of.results.length()).tokens;
}

double to_ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace hawser::cli
