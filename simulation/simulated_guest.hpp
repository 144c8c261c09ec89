/// An extension of the simulated server, with the troubles of one: it refuses, changes, decides who comes in,
/// fails, and is late. What the gate shows it, it holds to the protocol.
#pragma once

#include "embed/extension_host.hpp"
#include "embed/gate.hpp"
#include "runtime/actor.hpp"
#include "runtime/dice.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace hawser::simulation {

struct guest_plan {
  bool requests = false;
  bool answers = false;
  bool admission = false;
  bool required = false;
  runtime::duration deadline{};
  runtime::duration metrics_every{};
  std::uint32_t refuses = 0;  ///< one of so many verdicts is no; 0: none
  std::uint32_t fails = 0;    ///< one of so many letters
  std::uint32_t lags = 0;     ///< one of so many verdicts comes late, or just in time
};

/// So few that most servers have none.
[[nodiscard]] std::vector<guest_plan> draw_guests(runtime::dice& chance);

/// What a guest has seen, over all its lives. Outlives them.
struct guest_book {
  std::uint64_t number = 0;
  runtime::dice chance;
  std::function<void(const std::string&)> complain;
  std::set<actors::request_id> judged, weighed;
  std::set<actors::request_id> refused;  ///< in time, for certain
  std::set<actors::request_id> ended;
};

class simulated_guest final : public runtime::actor<simulated_guest, embed::judge, embed::weigh,
                                                    embed::seen_text, embed::seen_end, embed::seen_metrics> {
 public:
  simulated_guest(runtime::home where, const guest_plan& plan, std::shared_ptr<guest_book> book);

  void on(embed::judge m);
  void on(embed::weigh m);
  void on(const embed::seen_text& m);
  void on(const embed::seen_end& m);
  void on(const embed::seen_metrics& m);

 private:
  void fail_perhaps();
  [[nodiscard]] bool reliable() const noexcept;
  /// Now, or after a while.
  template <class Question, class Verdict>
  void answer(Question asked, Verdict what);
  void complain(actors::request_id id, const std::string& what) const;

  const guest_plan plan_;
  std::shared_ptr<guest_book> book_;
  std::vector<runtime::timer> late_;
};

/// What stands before the core: the gate, and its guests under supervisors.
class simulated_guests {
 public:
  /// `plans` may be empty: then there is no gate.
  simulated_guests(runtime::scheduler& by, const std::vector<guest_plan>& plans, runtime::dice chance,
                   std::function<void(std::uint64_t, const std::string&)> complain);

  /// As embed::extension_set does. `waiting`: requests that may wait for verdicts.
  [[nodiscard]] actors::service guard(actors::service core, std::size_t waiting);
  /// After the core.
  void stop() const;
  /// The gate has ended, and told all whom it had.
  [[nodiscard]] bool down() const noexcept { return !gate_ || *down_; }

 private:
  runtime::scheduler& by_;
  std::vector<embed::gate_options::guest> guests_;
  std::vector<runtime::address<>> tops_;
  embed::gate::address_type gate_;
  std::shared_ptr<bool> down_ = std::make_shared<bool>(false);
};

}  // namespace hawser::simulation
