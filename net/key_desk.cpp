#include "net/key_desk.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace hawser::net {
namespace {

std::uint64_t bucket_of(const key_digest& blinded) noexcept {
  std::uint64_t first = 0;
  std::memcpy(&first, blinded.data(), sizeof first);
  return first;
}

}  // namespace

key_digest digest_of(std::string_view key) {
  key_digest made{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), made.data());
  return made;
}

quota_verdict key_account::take(double tokens, runtime::time_point now) {
  const std::lock_guard held(guard_);
  return quota_.take(tokens, now);
}

quota_verdict key_account::grow(double tokens, runtime::time_point now) {
  const std::lock_guard held(guard_);
  return quota_.grow(tokens, now);
}

void key_account::settle(double tokens, double used, runtime::time_point now) {
  const std::lock_guard held(guard_);
  quota_.settle(tokens, used, now);
}

void key_account::give_back(double tokens, runtime::time_point now) {
  const std::lock_guard held(guard_);
  quota_.give_back(tokens, now);
}

void key_account::change(quota_limits limits, runtime::time_point now) {
  const std::lock_guard held(guard_);
  quota_.change(limits, now);
}

quota_view key_account::view(runtime::time_point now) {
  const std::lock_guard held(guard_);
  return quota_.view(now);
}

key_desk::key_desk(const std::vector<api_key>& keys, runtime::time_point now) {
  if (RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) != 1)
    throw std::runtime_error("the system has no random bytes to hide API keys with");
  replace(keys, now);
}

key_desk::~key_desk() = default;

key_digest key_desk::blind(const key_digest& digest) const {
  key_digest made{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), digest.data(), digest.size(),
           made.data(), &size) == nullptr) {
    throw std::runtime_error("an API key could not be hashed");
  }
  return made;
}

void key_desk::replace(const std::vector<api_key>& keys, runtime::time_point now) {
  auto next = std::make_shared<ring>();
  std::unordered_map<std::string, std::shared_ptr<key_account>> accounts;
  const std::lock_guard held(guard_);
  for (const api_key& key : keys) {
    std::shared_ptr<key_account>& account = accounts[key.name];
    if (const auto known = accounts_.find(key.name); known != accounts_.end()) {
      account = known->second;
    } else {
      account = std::make_shared<key_account>(key.limits);
    }
    account->change(key.limits, now);
    const key_digest blinded = blind(key.digest);
    next->emplace(bucket_of(blinded),
                  entry{blinded, std::make_shared<const key_holder>(key_holder{key, account})});
  }
  ring_ = std::move(next);
  accounts_ = std::move(accounts);
}

caller key_desk::find(std::string_view key) const {
  const key_digest wanted = blind(digest_of(key));
  const std::shared_ptr<const ring> known = [this] {
    const std::lock_guard held(guard_);
    return ring_;
  }();
  caller found;
  const auto [begin, end] = known->equal_range(bucket_of(wanted));
  for (auto one = begin; one != end; ++one) {
    if (CRYPTO_memcmp(one->second.blinded.data(), wanted.data(), wanted.size()) == 0) found = one->second.who;
  }
  return found;
}

}  // namespace hawser::net
