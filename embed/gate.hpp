/// Stands before Ingress when there are extensions: asks them about requests, and shows them answers.
#pragma once

#include "actors/service_mail.hpp"
#include "embed/extension_host.hpp"
#include "embed/gate_plan.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace hawser::embed {

struct gate_options {
  /// An extension, and what it wants to see.
  struct guest {
    std::string name;
    guest_address whom;
    bool requests = false;
    bool answers = false;
    bool admission = false;
    bool required = false;
    std::chrono::milliseconds deadline{};
    std::chrono::milliseconds metrics_every{};
  };
  std::vector<guest> guests;
  std::size_t waiting = 4096;  ///< requests that may wait for verdicts
};

class gate final
    : public runtime::actor<gate, actors::generate, actors::cancel, actors::hold, actors::refused,
                            actors::admitted, actors::generated, actors::choice_ended, actors::ended> {
 public:
  gate(runtime::home where, gate_options options, actors::service core);

  void on(actors::generate m);
  void on(actors::cancel m);
  void on(actors::hold m) { core_.ingress.notify(std::move(m)); }
  void on(actors::refused m);
  void on(actors::admitted m);
  void on(actors::generated m);
  void on(actors::choice_ended m);
  void on(actors::ended m);
  void on_stop() override;

 private:
  void obey(gate_plan::step next);
  void ask_guard(gate_plan::ask what);
  void ask_policy(const gate_plan::ask& what);
  void missed(actors::request_id id, std::size_t guard, boost::system::error_code why);
  void admit(actors::generate what);
  void say(const actors::generation_listener& whom, actors::refused what);
  template <class Seen>
  void show(const Seen& what);
  void show_metrics(std::size_t whom);

  std::vector<gate_options::guest> guests_;
  std::vector<std::size_t> guards_;  // of the plan, by their place among the guests
  gate_plan plan_;
  actors::service core_;
  std::unordered_map<actors::request_id, actors::generation_listener> watched_;
  std::vector<runtime::timer> metrics_;
  bool answers_ = false;
};

}  // namespace hawser::embed
