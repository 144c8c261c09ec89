/// One request, read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

struct header_field {
  std::string name;  ///< in lower case
  std::string value;
};

struct http_request {
  std::string method;
  std::string target;
  int version = 11;  ///< 10 or 11
  std::vector<header_field> fields;
  std::string body;
  std::optional<std::uint64_t> content_length;
  bool has_body = false;
  bool keep_alive = true;
  bool expects_continue = false;

  /// The first field of that name (lower case), or null.
  [[nodiscard]] const std::string* find(std::string_view name) const noexcept {
    for (const header_field& f : fields) {
      if (f.name == name) return &f.value;
    }
    return nullptr;
  }
};

}  // namespace hawser::net
