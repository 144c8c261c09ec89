/// What the result cache says to a second tier of remembered answers, which others share, and what it hears
/// back.
#pragma once

#include "runtime/address.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hawser::actors {

enum class far_outcome : std::uint8_t {
  hit,
  miss,
  rejected,  ///< something was there, but nobody who may has put it there
  failed,    ///< the tier could not be asked
  skipped,   ///< it was not asked, because it has failed of late
  late,      ///< the cache did not wait for it any more
};
inline constexpr std::size_t far_outcomes = 6;

struct far_found {
  std::uint64_t number = 0;  ///< of the question
  far_outcome how{};
  std::string answer{};  ///< with a hit: the events of a whole answer
};

/// At most one far_found follows. The cache does not wait for long, so none is needed either.
struct far_look {
  std::uint64_t number = 0;
  std::string tenant;
  std::string question;
  runtime::address<far_found> to{};
};

struct far_keep {
  std::string tenant;
  std::string question;
  std::string answer;
};

/// What this tenant, or all, have is given to nobody any more.
struct far_forget {
  std::string tenant;
  bool all = false;
};

using far_address = runtime::address<far_look, far_keep, far_forget>;

}  // namespace hawser::actors
