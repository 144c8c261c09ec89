/// Whose key it is, and what it may still use. Any thread: what it does under its lock costs the same however
/// many keys there are.
#pragma once

#include "net/api_key.hpp"
#include "net/quota.hpp"
#include "runtime/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hawser::net {

/// What all requests of one name have used; stays when the keys are read again.
class key_account {
 public:
  explicit key_account(quota_limits limits) noexcept : quota_(limits) {}

  [[nodiscard]] quota_verdict take(double tokens, runtime::time_point now);
  [[nodiscard]] quota_verdict grow(double tokens, runtime::time_point now);
  void settle(double tokens, double used, runtime::time_point now);
  void give_back(double tokens, runtime::time_point now);
  void change(quota_limits limits, runtime::time_point now);
  [[nodiscard]] quota_view view(runtime::time_point now);

 private:
  std::mutex guard_;
  quota quota_;
};

/// A key that was found.
struct key_holder {
  api_key key;
  std::shared_ptr<key_account> account;
};
using caller = std::shared_ptr<const key_holder>;

/// What one request has taken, until it is over. One that is dropped (its client left) has used what was
/// expected of it, or what it was told if that is more: leaving just before the end is no way around a quota.
class quota_hold {
 public:
  quota_hold() = default;
  quota_hold(std::shared_ptr<key_account> account, double tokens, const runtime::clock& time) noexcept
      : account_(std::move(account)), tokens_(tokens), time_(&time) {}
  quota_hold(quota_hold&& other) noexcept = default;
  quota_hold& operator=(quota_hold&& other) noexcept {
    if (this != &other) {
      drop();
      account_ = std::move(other.account_);
      tokens_ = other.tokens_;
      told_ = other.told_;
      time_ = other.time_;
    }
    return *this;
  }
  ~quota_hold() { drop(); }

  [[nodiscard]] explicit operator bool() const noexcept { return account_ != nullptr; }
  /// It is of so many tokens more; taken only when that is granted.
  [[nodiscard]] quota_verdict grow(double tokens) {
    const quota_verdict said = account_ ? account_->grow(tokens, time_->now()) : quota_verdict{};
    if (said.over == quota_limit::none) tokens_ += tokens;
    return said;
  }
  /// Tokens of its prompt were computed, or tokens of its answer came.
  void note(double tokens) noexcept { told_ += tokens; }

  void settle(double used) noexcept {
    if (const auto of = std::exchange(account_, nullptr)) of->settle(tokens_, used, time_->now());
  }
  void give_back() noexcept {
    if (const auto of = std::exchange(account_, nullptr)) of->give_back(tokens_, time_->now());
  }

 private:
  void drop() noexcept { settle(std::max(tokens_, told_)); }

  std::shared_ptr<key_account> account_;
  double tokens_ = 0;
  double told_ = 0;
  const runtime::clock* time_ = nullptr;
};

class key_desk {
 public:
  /// No two of the same name or digest.
  explicit key_desk(const std::vector<api_key>& keys, runtime::time_point now = {});
  key_desk(const key_desk&) = delete;
  key_desk& operator=(const key_desk&) = delete;
  ~key_desk();

  /// From now on these; what accounts of the same names have used stays. Requests that run go on.
  void replace(const std::vector<api_key>& keys, runtime::time_point now);

  /// Null: it is nobody's. How long that takes says nothing about the keys.
  [[nodiscard]] caller find(std::string_view key) const;

 private:
  // A digest is blinded by a secret of this process, so whoever tries keys cannot choose what is looked up,
  // and memory does not hold what the file holds.
  [[nodiscard]] key_digest blind(const key_digest& digest) const;
  struct entry {
    key_digest blinded{};
    caller who;
  };
  using ring = std::unordered_multimap<std::uint64_t, entry>;

  key_digest secret_{};
  mutable std::mutex guard_;
  std::shared_ptr<const ring> ring_;
  std::unordered_map<std::string, std::shared_ptr<key_account>> accounts_;
};

}  // namespace hawser::net
