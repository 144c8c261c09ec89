/// What the result plan knows of each computation and each reader. Of its own sources only.
#pragma once

#include "actors/result_plan.hpp"

#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace hawser::actors {

/// One computation, and who listens to it.
struct result_plan::flight {
  explicit flight(std::shared_ptr<recording> to) : tape(std::move(to)) {}

  page_hash name;
  std::shared_ptr<recording> tape;
  request_id asked = 0;    // under which Ingress knows it; 0: it was not asked
  std::uint64_t look = 0;  // the number of the question to the second tier; 0: none
  runtime::time_point look_until{};
  std::uint32_t choices = 1;
  std::set<request_id> readers;
  std::size_t held_readers = 0;
  runtime::time_point deadline{};
  priority rank{};
  runtime::duration first_token_within{};
  runtime::duration token_within{};
  bool listed = false;  // in open_
  bool begun = false;   // admitted
  bool held = false;    // Ingress was told so
  bool dying = false;   // Ingress was told to cancel it
  bool remember = true;
  bool out_of_memory = false;  // and therefore dying
};

struct result_plan::reader {
  reader(answer_reader given, generation_listener to, std::size_t& total)
      : tale(std::move(given)), whom(std::move(to)), charge(total) {}

  answer_reader tale;
  generation_listener whom;
  std::shared_ptr<flight> in;         // null: from the store
  std::unique_ptr<generate> waiting;  // may be asked of Ingress itself
  byte_charge charge;                 // of `waiting`
  runtime::time_point deadline = runtime::time_point::max();
  std::optional<runtime::time_point> full_since;
  bool held = false;
  bool queued = false;  // in ready_
  bool late = false;    // in late_
};

}  // namespace hawser::actors
