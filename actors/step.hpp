/// One step on its way: the plan, its result, and whose arrays the plan points into.
#pragma once

#include "actors/sequence.hpp"
#include "model/backend.hpp"

#include <memory>
#include <vector>

namespace hawser::actors {

/// Used again and again, so that its vectors keep their memory. `members[i]` is the owner of
/// plan.sequences[i].
struct step {
  model::step_plan plan;
  model::step_result result;
  std::vector<sequence_ptr> members;
  std::uint32_t tokens = 0;  ///< run tokens, all sequences together
  std::uint32_t decodes = 0;
  std::uint32_t left_out = 0;        ///< answers that could go on but leave this step to prompts
  runtime::duration token_within{};  ///< the tightest wish of its answers; 0: none has one

  runtime::duration forecast{};  ///< that it will take; 0: not known

  void clear() noexcept {
    plan.clear();
    members.clear();
    tokens = 0;
    decodes = 0;
    left_out = 0;
    token_within = {};
    forecast = {};
  }
};

using step_ptr = std::shared_ptr<step>;

}  // namespace hawser::actors
