#include "embed/api_keys.hpp"

#include "conf/key_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hawser::embed {

namespace {

actors::priority rank_of(std::string_view name) noexcept {
  if (name == "interactive") return actors::priority::interactive;
  return name == "batch" ? actors::priority::batch : actors::priority::standard;
}

std::uint8_t nibble(char c) noexcept {
  return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

net::key_digest digest_from(std::string_view hex) noexcept {
  net::key_digest made{};
  for (std::size_t i = 0; i < made.size(); ++i)
    made[i] = static_cast<std::uint8_t>(nibble(hex[2 * i]) * 16 + nibble(hex[2 * i + 1]));
  return made;
}

net::api_key key_from(const conf::api_key_entry& one) {
  net::api_key made;
  made.name = one.name;
  made.digest = one.key.empty() ? digest_from(one.sha256) : net::digest_of(one.key);
  made.rank = rank_of(one.rank);
  made.ceiling = rank_of(one.ceiling);
  made.weight = static_cast<float>(one.weight);
  made.limits = {static_cast<double>(one.requests_per_minute), static_cast<double>(one.tokens_per_minute),
                 static_cast<std::uint32_t>(std::min<std::int64_t>(one.concurrency, UINT32_MAX))};
  return made;
}

}  // namespace

result<std::vector<net::api_key>> read_api_keys(const std::string& path) {
  const auto read = conf::read_key_file(path);
  if (!read) {
    std::string all;
    for (const conf::problem& one : read.error()) all += (all.empty() ? "" : "\n") + one.text();
    return error{errc::configuration, all};
  }
  std::vector<net::api_key> made;
  for (const conf::api_key_entry& one : *read) {
    net::api_key next = key_from(one);
    const auto same = std::ranges::find(made, next.digest, &net::api_key::digest);
    if (same != made.end()) {
      return error{errc::configuration,
                   path + ": " + next.name + ": it is the same key as " + same->name + "'s"};
    }
    made.push_back(std::move(next));
  }
  return made;
}

}  // namespace hawser::embed
