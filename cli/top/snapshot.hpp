/// The actors of a server at one moment, as its page (GET /v1/actors) tells them.
#pragma once

#include "cli/top/page_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::cli {

/// One actor, or many of one name (`actors`), added up.
struct actor_line {
  std::uint64_t id = 0;  ///< 0: of many
  std::uint64_t parent = 0;
  std::string name;
  std::uint64_t actors = 1;
  std::string state;
  std::uint64_t waiting = 0;
  double oldest_ms = 0;
  std::uint64_t messages = 0;
  double busy_ms = 0;
  std::uint64_t slow = 0;
  std::uint64_t restarts = 0;
  std::string handling;  ///< the type of message that is being handled; empty: none
  double handling_ms = 0;
};

struct actor_snapshot {
  std::string version;
  double seconds = 0;  ///< by the server's clock, from anywhere
  std::vector<actor_line> actors;
};

/// The error is what is missing, for people. Names come from outside: they are made fit for a terminal.
[[nodiscard]] page_result<actor_snapshot> read_snapshot(std::string_view json);

}  // namespace hawser::cli
