#include "cli/claims/finding.hpp"
#include "cli/commands.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>

namespace hawser::cli {

namespace {

namespace json = boost::json;

constexpr std::array<claim, 10> claims{{
    {"dynamic", "dynamic batching against one at a time", measure_dynamic_batching},
    {"static", "static batch of 16 against dynamic, 5 clients: time to first token", measure_static_batching},
    {"reuse", "KV reuse in a conversation of 6 turns", measure_reuse},
    {"window", "sliding window 512 on a text of 4,096", measure_window},
    {"paged", "paged KV against one slab per slot, same memory", measure_paging},
    {"priorities", "throughput of the high class under mixed overload", measure_priorities},
    {"warm", "warm against cold first request", measure_warm_up},
    {"cache", "result cache at 30% hits", measure_cache},
    {"batch-and-reuse", "batch 8 + KV reuse", measure_batch_and_reuse},
    {"predict", "POST /predict with a text of 2,000 characters, Gemma-3-270m", measure_predict},
}};

struct claims_flags {
  std::string model = embed::default_model_path();
  std::string window_model;
  std::vector<std::string> only;
  bool smoke = false;
  bool as_json = false;
};

std::string names_of_claims() {
  std::string names;
  for (const claim& one : claims) names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

std::string shown(const finding& one, double value) {
  return print_number(value, one.unit == "x" ? 2 : 1) + " " + one.unit;
}

struct measured {
  const claim* of;
  std::vector<finding> found;
  std::string why_not;
  double seconds;
};

std::vector<measured> measure(const claims_flags& flags, const claim_setting& with) {
  std::vector<measured> all;
  progress_bar bar("claims");
  for (const claim& one : claims) {
    if (!flags.only.empty() && std::find(flags.only.begin(), flags.only.end(), one.name) == flags.only.end())
      continue;
    bar.show(all.size(), flags.only.empty() ? claims.size() : flags.only.size(), std::string(one.name));
    const auto began = std::chrono::steady_clock::now();
    measured made{&one, {}, {}, 0};
    // One claim that cannot be measured (a model that is not there) does not keep the others from it.
    try {
      made.found = one.measure(with);
    } catch (const failure& e) {
      if (std::string_view(e.what()) == "interrupted") throw;
      made.why_not = e.what();
    } catch (const model::failure& e) {
      made.why_not = e.what();
    }
    made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    all.push_back(std::move(made));
  }
  return all;
}

void print_table(const std::vector<measured>& all, bool smoke) {
  text_table table;
  table.add_row({"claim", "what", "ours", "the guide", "", "figures"});
  for (const measured& one : all) {
    if (!one.why_not.empty())
      table.add_row({std::string(one.of->name), "not measured", "", "", "", one.why_not});
    for (const finding& f : one.found) {
      table.add_row({std::string(one.of->name), f.what, shown(f, f.ours),
                     (f.at_least ? ">= " : "<= ") + shown(f, f.guide), f.passes() ? "pass" : "miss",
                     f.detail});
    }
  }
  std::cout << table.text();
  if (smoke) std::cout << "a smoke run: it shows that everything runs, the figures mean nothing\n";
}

void print_json(const std::vector<measured>& all, bool smoke) {
  json::array list;
  for (const measured& one : all) {
    json::array found;
    for (const finding& f : one.found) found.push_back(json_of(f, "what", "guide"));
    json::object entry{{"claim", one.of->name},
                       {"title", one.of->title},
                       {"seconds", one.seconds},
                       {"findings", std::move(found)}};
    if (!one.why_not.empty()) entry["not_measured"] = one.why_not;
    list.push_back(std::move(entry));
  }
  std::cout << json::serialize(json::object{{"smoke", smoke}, {"claims", std::move(list)}}) << '\n';
}

exit_code run_claims(const claims_flags& flags) {
  for (const std::string& name : flags.only) {
    if (std::none_of(claims.begin(), claims.end(), [&](const claim& one) { return one.name == name; }))
      throw failure(exit_code::usage, "--only " + name + ": no such claim; there are " + names_of_claims());
  }
  claim_setting with{flags.model, flags.window_model, flags.smoke};
  if (with.window_model.empty())
    with.window_model =
        std::filesystem::path(flags.model).replace_filename("gemma-3-270m-q4_k_m.gguf").string();
  (void)embed::open_model(with.model);
  const auto all = measure(flags, with);
  if (flags.as_json)
    print_json(all, flags.smoke);
  else
    print_table(all, flags.smoke);
  return exit_code::ok;
}

}  // namespace

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void add_claims(const command_parser& bench) {
  const auto command =
      bench.add_command("claims", "Compare with the figures of the field guide that hawser was built after");
  auto flags = std::make_shared<claims_flags>();
  add_model_argument(command, flags->model);
  command
      .add_option("--window-model", flags->window_model,
                  "A model with sliding windows; left out: gemma-3-270m-q4_k_m.gguf beside MODEL")
      .type_name("FILE");
  command.add_option("--only", flags->only, "Only these: " + names_of_claims()).separated_by(',');
  command.add_flag("--smoke", flags->smoke, "Short: does everything run?");
  command.add_flag("--json", flags->as_json, "One JSON object instead of a table");
  command.footer("\nEach claim starts servers of its own and sends them load; a baseline is the same "
                 "program with other settings. The\n"
                 "median of three rounds counts, the sides in turns. Takes up to five minutes; what else "
                 "runs here disturbs it.");
  command.run([flags] { return run_claims(*flags); });
}

}  // namespace hawser::cli
