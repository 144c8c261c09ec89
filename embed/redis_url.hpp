/// redis://[[user]:password@]host[:port][/database]
#pragma once

#include "embed/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hawser::embed {

struct redis_url {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;      ///< empty: the default one
  std::string password;  ///< empty: none is told
  std::uint32_t database = 0;
};

/// errc::configuration, with what is wrong.
[[nodiscard]] result<redis_url> read_redis_url(std::string_view text);

}  // namespace hawser::embed
