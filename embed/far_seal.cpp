#include "embed/far_seal.hpp"

#include "actors/answer_tape.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace hawser::embed {
namespace {

constexpr std::string_view mark = "HWS";
constexpr char version = 1;
constexpr std::size_t head = mark.size() + 2;

using digest = std::array<unsigned char, 32>;

// Each part has its length before it, so that no two lists of parts are the same bytes.
digest hash(const std::string& secret, std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) {
    for (std::size_t i = 0; i < 8; ++i) all += static_cast<char>(std::uint64_t{part.size()} >> (8 * i));
    all += part;
  }
  digest made{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(all.data()), all.size(), made.data(), &length);
  return made;
}

std::string hex(const digest& bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4u];
    text += digits[bytes[i] & 15u];
  }
  return text;
}

std::string_view text_of(const digest& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string head_now() {
  std::string made(mark);
  made += version;
  made += actors::tape_version;
  return made;
}

}  // namespace

std::string far_seal::prefix(std::string_view tenant, bool all) const {
  const std::string everybody = "hawser:1:";
  return all ? everybody : everybody + hex(hash(secret_, {"tenant", tenant}), 8) + ':';
}

std::string far_seal::name(std::string_view tenant, std::string_view question) const {
  return prefix(tenant, false) + hex(hash(secret_, {"name", question}), 20);
}

std::string far_seal::seal(std::string_view question, std::string_view answer) const {
  std::string made = head_now();
  const digest mac = hash(secret_, {"value", made, question, answer});
  made += answer;
  made += text_of(mac);
  return made;
}

std::optional<std::string> far_seal::open(std::string_view question, std::string_view value) const {
  const std::string begin = head_now();
  if (value.size() < head + sizeof(digest) || !value.starts_with(begin)) return std::nullopt;
  const std::string_view answer = value.substr(head, value.size() - head - sizeof(digest));
  const digest mac = hash(secret_, {"value", begin, question, answer});
  if (CRYPTO_memcmp(mac.data(), value.data() + value.size() - sizeof(digest), sizeof(digest)) != 0)
    return std::nullopt;
  return std::string(answer);
}

}  // namespace hawser::embed
