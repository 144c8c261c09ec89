/// What the gate before Ingress decides: whom to ask about a request, and what its answer, or the lack of
/// one, means. Pure.
#pragma once

#include "actors/generation_mail.hpp"
#include "embed/extension.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace hawser::embed {

/// Why there is no verdict.
enum class no_verdict : std::uint8_t {
  late,    ///< it works, or hangs
  failed,  ///< it threw, is between two lives, has ended for good, or its mailbox is full
};

/// Invariants: 1. A request that arrives leaves by exactly one of ask-and-answer, forward, refuse or
/// cancel. 2. An extension that was late is not waited for again before `retry` has passed, but for one
/// request that tries.
class gate_plan {
 public:
  struct guard {
    std::string name;
    bool required = false;
    bool admission = false;  ///< it is asked by decided(), and stands behind all others
  };
  /// Ask guard `whom`; tell answered() or missed().
  struct ask {
    std::size_t whom = 0;
    std::shared_ptr<const seen_request> what;
    bool admission = false;  ///< does it come in? Tell decided(), or missed()
  };
  /// Give it to Ingress.
  struct forward {
    actors::generate what;
  };
  struct refusal {
    actors::generation_listener whom;
    actors::refused what;
  };
  using step = std::variant<ask, forward, refusal>;

  static constexpr runtime::duration retry = std::chrono::seconds(1);

  /// `bound`: requests that may wait for verdicts at once.
  gate_plan(std::vector<guard> guards, std::size_t bound);

  [[nodiscard]] step arrive(actors::generate what, runtime::time_point now);
  /// Nothing: the request has gone meanwhile.
  [[nodiscard]] std::optional<step> answered(actors::request_id id, std::size_t whom, verdict what,
                                             runtime::time_point now);
  [[nodiscard]] std::optional<step> decided(actors::request_id id, std::size_t whom, admission_verdict what,
                                            runtime::time_point now);
  [[nodiscard]] std::optional<step> missed(actors::request_id id, std::size_t whom, no_verdict why,
                                           runtime::time_point now);
  /// The listener of a request that still waited here, which is to hear that it was cancelled; nothing:
  /// Ingress has it.
  [[nodiscard]] std::optional<actors::generation_listener> cancel(actors::request_id id);
  /// All that wait here, to be refused.
  [[nodiscard]] std::vector<refusal> close();

  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Requests that went on, or were refused, without the verdict of guard `whom`.
  [[nodiscard]] std::uint64_t missed_of(std::size_t whom) const { return state_[whom].missed; }

 private:
  struct standing {
    runtime::time_point not_before{};  // while it is slow
    std::uint64_t missed = 0;
  };
  struct pending {
    actors::generation_listener listener;
    std::shared_ptr<const seen_request> what;
    std::size_t at = 0;
    bool let_in = false;
  };

  [[nodiscard]] step advance(actors::request_id id, runtime::time_point now);
  [[nodiscard]] step without(actors::request_id id, runtime::time_point now);
  [[nodiscard]] refusal refuse_it(actors::request_id id, actors::refusal why, std::string message,
                                  std::string field);

  std::vector<guard> guards_;
  std::vector<standing> state_;
  std::size_t bound_;
  std::unordered_map<actors::request_id, pending> waiting_;
};

}  // namespace hawser::embed
