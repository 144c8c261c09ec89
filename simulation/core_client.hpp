/// An asker without a connection: speaks to the core as a session does, and holds it to the protocol of
/// generation_mail.hpp, letter by letter.
#pragma once

#include "actors/service_mail.hpp"
#include "runtime/actor.hpp"

#include "simulation/http_client.hpp"
#include "simulation/question.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hawser::simulation {

struct core_question {
  actors::generation_spec spec;
  std::string key;                       ///< who asks; sessions ask for ""
  std::vector<foreseen_answer> answers;  ///< by choice; none: it is refused
  std::vector<float> embedding;          ///< if it asks for one
  runtime::duration asked_after{};
  runtime::duration cancelled_after{};  ///< zero: never
};

[[nodiscard]] core_question draw_core_question(runtime::dice& chance, const model_facts& model);

struct core_client_plan {
  std::vector<core_question> questions;
  std::uint32_t mailbox = 1024;  ///< so small that the core may find it too slow a reader
};

/// What came of its questions; outlives the actor.
struct core_client_state {
  struct one {
    std::uint32_t question = 0;
    runtime::time_point asked{};
    bool admitted = false;
    bool first = false;  ///< nobody of its key has asked this before
    bool over = false;
    std::vector<std::string> texts;  ///< by choice
    std::vector<bool> ended;         ///< by choice
  };
  std::map<actors::request_id, one> all;
  std::uint32_t to_ask = 0;  ///< questions that were not asked yet

  /// Asked, and no terminal event has come.
  [[nodiscard]] std::uint32_t open() const noexcept;
};

/// To itself, once.
struct begin_asking {};

class core_client final
    : public runtime::actor<core_client, actors::refused, actors::admitted, actors::generated,
                            actors::choice_ended, actors::ended, begin_asking> {
 public:
  core_client(runtime::home where, client_host& world, std::uint64_t number, actors::service core,
              core_client_plan plan, core_client_state& state);

  void on(begin_asking);
  void on(const actors::refused& m);
  void on(const actors::admitted& m);
  void on(const actors::generated& m);
  void on(const actors::choice_ended& m);
  void on(const actors::ended& m);

 private:
  void ask_it(std::uint32_t question);
  [[nodiscard]] core_client_state::one* find(actors::request_id id, const char* what);
  void end(actors::request_id id, core_client_state::one& one, const std::string& how);
  [[nodiscard]] bool excused(const core_client_state::one& one, actors::finish why) const;
  void complain(actors::request_id id, const std::string& what);

  client_host& world_;
  std::uint64_t number_;
  actors::service core_;
  core_client_plan plan_;
  core_client_state& state_;
  std::vector<runtime::timer> timers_;
};

}  // namespace hawser::simulation
