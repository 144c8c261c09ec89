/// One HTTP request of a simulated client, and what may come back.
#pragma once

#include "model/token.hpp"
#include "runtime/dice.hpp"

#include "simulation/response_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::simulation {

/// What a client has to know of the model to foresee its answers.
struct model_facts {
  std::string name = "simulated";
  std::uint32_t context = 64;    ///< prompt and answer together, in tokens
  std::uint32_t end_every = 0;   ///< as in device_options
  std::size_t body = 4u << 20u;  ///< the largest body that the server takes
};

/// What the simulated model says to `prompt`, alone in the world.
struct foreseen_answer {
  std::string text;
  std::vector<model::token_id> tokens;  ///< the end token included
  bool stops = false;                   ///< by the end token or a stop string; otherwise by length
  std::string stop{};                   ///< the stop string that followed `text`, or empty
};

struct foreseen_limits {
  std::uint32_t most = 0;  ///< tokens
  std::uint32_t end_every = 0;
  bool ignore_end = false;
  std::span<const std::string> stops{};
};

[[nodiscard]] foreseen_answer foresee(std::vector<model::token_id> prompt, std::uint64_t seed,
                                      const foreseen_limits& limits);

enum class dialect : std::uint8_t { none, predict, completions, chat };

struct question {
  std::string name;   ///< for the trace
  std::string bytes;  ///< as they are sent
  bool head_only = false;
  bool probe = false;    ///< /health, /ready: answered at once, whatever else goes on
  bool unsized = false;  ///< its answer's length differs from run to run: the metrics page
  bool stream = false;
  bool closes = false;  ///< after the answer the server closes
  dialect speaks = dialect::none;
  int status = 200;                      ///< when nothing is in the way
  std::vector<foreseen_answer> answers;  ///< by index; with speaks and status 200
  std::uint32_t prompt_tokens = 0;       ///< of all prompts
};

[[nodiscard]] question draw_question(runtime::dice& chance, const model_facts& model);
[[nodiscard]] question draw_probe(runtime::dice& chance);

/// What has happened in a run that excuses an answer other than the foreseen one.
struct circumstances {
  bool faulty = false;    ///< the device was told to fail
  bool hurried = false;   ///< requests have so little time that it may run out
  bool stopping = false;  ///< the server was told to stop
  bool unready = false;   ///< the model was not ready at some time since the question was sent
  bool narrow = false;    ///< a reader's mailbox is so small that the core may find it too slow
  bool crowded = false;   ///< there are more connections than the server takes
  bool guarded = false;   ///< extensions stand before the core, and may refuse what they like
  bool keyed = false;     ///< several keys share the server
};

/// What is wrong with the answer; empty: nothing.
[[nodiscard]] std::string judge(const question& asked, const whole_response& got, const circumstances& when);

}  // namespace hawser::simulation
