#include "cli/commands.hpp"
#include "cli/compute_flags.hpp"
#include "cli/loading.hpp"
#include "cli/log.hpp"
#include "cli/model_argument.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text_flags.hpp"
#include "cli/text_table.hpp"
#include "embed/model_file.hpp"
#include "embed/server.hpp"

#include <boost/json/serialize.hpp>

#include <cstdio>
#include <iostream>
#include <memory>
#include <random>
#include <string>

namespace hawser::cli {

namespace {

namespace json = boost::json;

struct generate_flags {
  std::string model = embed::default_model_path();
  text_flags text;
  std::uint32_t max_tokens = 128;
  std::uint32_t context = 0;
  conf::cpu_settings cpu;
  std::int32_t logprobs = -1;
  std::optional<std::uint64_t> seed;
  model::sampling_params sampling;
  std::vector<std::string> stop;
  bool chat = false;
  bool ignore_end = false;
  bool ids = false;
  bool as_json = false;
};

conf::settings settings_for(const generate_flags& flags) {
  conf::settings all;
  all.model.path = flags.model;
  all.model.context = flags.context;
  all.cpu = flags.cpu;
  all.server.threads = 1;
  all.scheduling.seats = 1;
  all.limits.top_logprobs = 1000;
  all.server.drain_timeout = conf::seconds_count(0);
  return all;
}

actors::generation_spec spec_of(const generate_flags& flags) {
  actors::generation_spec spec;
  std::string text = flags.text.read();
  if (flags.chat) {
    json::array messages{{{"role", "user"}, {"content", text}}};
    spec.prompt = actors::chat_prompt{{{"messages", std::move(messages)}}};
  } else {
    spec.prompt = actors::plain_prompt{std::move(text)};
  }
  spec.sampling = flags.sampling;
  spec.sampling.top_logprobs = flags.logprobs;
  spec.sampling.seed = flags.seed.value_or(0);
  spec.max_tokens = flags.max_tokens;
  spec.stop = flags.stop;
  spec.ignore_end = flags.ignore_end;
  return spec;
}

/// What was generated, by a server without a socket for this one request. Throws failure and embed::failure.
embed::answer answer_of(const generate_flags& flags) {
  const bool aloud = !flags.ids && !flags.as_json;
  progress_bar bar("loading " + embed::short_name(flags.model));
  embed::server server({.settings = settings_for(flags), .watch = watch_of(bar), .cores = 1});
  server.start();
  server.ready().value();
  embed::answer got = server.generate(spec_of(flags), [aloud](std::string_view piece) {
    if (aloud) std::cout << piece << std::flush;
  });
  server.stop();
  if (got.refused) throw failure(exit_code::usage, got.message);
  if (got.why == actors::finish::error) throw failure(exit_code::device, got.message);
  return got;
}

json::array ids_of(const embed::answer& got) {
  json::array ids;
  for (const auto& token : got.tokens) ids.push_back(token.id);
  return ids;
}

json::array logprobs_of(const embed::answer& got) {
  json::array list;
  for (const auto& token : got.tokens) {
    json::array top;
    for (std::size_t i = 0; i < token.top.size(); ++i) {
      top.push_back({{"id", token.top[i].id},
                     {"token", printable(i < token.top_pieces.size() ? token.top_pieces[i] : std::string())},
                     {"logprob", token.top[i].logprob}});
    }
    list.push_back(
        {{"id", token.id}, {"token", printable(token.piece)}, {"logprob", token.logprob}, {"top", top}});
  }
  return list;
}

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void print_json(const generate_flags& flags, const embed::answer& got) {
  json::object all{{"text", got.text},
                   {"ids", ids_of(got)},
                   {"finish", embed::name_of(got.why)},
                   {"prompt_tokens", got.prompt_tokens},
                   {"answer_tokens", got.tokens.size()},
                   {"queued_ms", milliseconds(got.times.queued)},
                   {"prefill_ms", milliseconds(got.times.prefill)},
                   {"decode_ms", milliseconds(got.times.decode)}};
  if (flags.seed) all["seed"] = *flags.seed;
  if (flags.logprobs >= 0) all["logprobs"] = logprobs_of(got);
  std::cout << json::serialize(all) << '\n';
}

exit_code generate(generate_flags& flags) {
  open_log("warning", "plain");
  if (flags.sampling.temperature > 0 && !flags.seed) {
    // 32 bits are read back without loss by whatever reads the JSON.
    flags.seed = std::random_device{}();
  }
  (void)embed::open_model(flags.model);
  const embed::answer got = answer_of(flags);
  if (flags.as_json)
    print_json(flags, got);
  else if (flags.ids)
    std::cout << json::serialize(ids_of(got)) << '\n';
  else
    std::cout << '\n';
  return exit_code::ok;
}

void add_sampling(const command_parser& command, generate_flags& flags) {
  auto& s = flags.sampling;
  command.add_option("--temperature", s.temperature, "0: always the most likely token")
      .within(0.0, 100.0)
      .default_shown();
  command.add_option("--top-k", s.top_k, "Only the k most likely; 0: all").within(0, 1 << 20);
  command.add_option("--top-p", s.top_p, "Only the most likely whose probabilities sum to p")
      .within(0.0, 1.0);
  command.add_option("--min-p", s.min_p, "Only those at least p times as likely as the most likely")
      .within(0.0, 1.0);
  command.add_option("--repetition-penalty", s.repetition_penalty, "Above 1: less of what was said; 1: off")
      .within(0.01, 100.0);
  command.add_option("--seed", flags.seed, "Same seed, same text; left out: a new one each time");
}

}  // namespace

void add_generate(const command_parser& app) {
  const auto command = app.add_command("generate", "Continue a text, on this terminal");
  auto flags = std::make_shared<generate_flags>();
  add_model_argument(command, flags->model);
  flags->text.add_to(command);
  command.add_flag("--chat", flags->chat,
                   "Take the text as a user's message, through the model's chat template");
  command.add_option("--max-tokens", flags->max_tokens, "Length of the answer")
      .within(1, 1 << 20)
      .default_shown();
  add_sampling(command, *flags);
  command.add_option("--stop", flags->stop, "End before this text; may be repeated")
      .type_name("TEXT")
      .repeatable();
  command.add_flag("--ignore-end", flags->ignore_end, "Go on after the model's end token");
  command.add_option("--context", flags->context, "Longest prompt and answer together; 0: the model's");
  add_compute_flags(command, flags->cpu);
  command
      .add_option("--logprobs", flags->logprobs,
                  "With --json: each token's log-probability and the N most likely")
      .type_name("N")
      .within(0, 1000);
  const auto ids =
      command.add_flag("--ids", flags->ids, "Print the generated tokens' ids, as one JSON array");
  command.add_flag("--json", flags->as_json, "Print one JSON object: text, ids, timings, logprobs")
      .excludes(ids);
  command.footer("\nWithout --chat the text is continued as it is, with the begin token where the model "
                 "wants one. The answer\n"
                 "takes the same way through hawser as a request to the server.");
  command.run([flags] { return generate(*flags); });
}

}  // namespace hawser::cli
