/// The file of API keys, server.keys: docs/keys.md describes its format.
#pragma once

#include "conf/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::conf {

/// One [[key]] of the file.
struct api_key_entry {
  std::string name;                      ///< 1 to 64 of A-Z a-z 0-9 . _ -; no other key's
  std::string key;                       ///< at least 16 visible characters; or empty, and
  std::string sha256;                    ///< its SHA-256: 64 hexadecimal digits in lower case
  std::string rank = "standard";         ///< of requests that name none: interactive, standard or batch
  std::string ceiling = "interactive";   ///< the highest that requests may name
  double weight = 1;                     ///< of the fair share: with 2, twice the tokens of one with 1
  std::int64_t requests_per_minute = 0;  ///< 0: no quota, as with the next two
  std::int64_t tokens_per_minute = 0;    ///< of prompts and answers together
  std::int64_t concurrency = 0;          ///< requests at once
};

/// At least one key, or everything that is wrong with the text, each with its line.
[[nodiscard]] result<std::vector<api_key_entry>> read_keys(std::string_view text, const std::string& source);

/// The same from a file of at most 1 MB. Blocks.
[[nodiscard]] result<std::vector<api_key_entry>> read_key_file(const std::string& path);

}  // namespace hawser::conf
