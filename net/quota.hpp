/// What one API key may use: token buckets and a number of requests at once. Pure: time is handed in.
#pragma once

#include "runtime/clock.hpp"

#include <cstdint>

namespace hawser::net {

/// A minute's worth may be used at once; then it comes back evenly. 0: no limit.
struct quota_limits {
  double requests = 0;  ///< a minute
  double tokens = 0;    ///< a minute, of prompts and answers together
  std::uint32_t concurrency = 0;

  [[nodiscard]] bool none() const noexcept { return requests <= 0 && tokens <= 0 && concurrency == 0; }
  friend bool operator==(const quota_limits&, const quota_limits&) = default;
};

enum class quota_limit : std::uint8_t { none, requests, tokens, concurrency };

struct quota_verdict {
  quota_limit over = quota_limit::none;
  runtime::duration wait{};  ///< until the same could be taken, as far as is known
};

/// How full one bucket is.
struct bucket_view {
  std::uint64_t limit = 0;  ///< 0: there is none
  std::uint64_t remaining = 0;
  runtime::duration reset{};  ///< until it is full
};

struct quota_view {
  bucket_view requests, tokens;
};

/// Holds at most `a_minute`; full at first. What is larger than it holds is given when it is full, and owed.
class token_bucket {
 public:
  explicit token_bucket(double a_minute, runtime::time_point now = {}) noexcept
      : most_(a_minute), level_(a_minute), seen_(now) {}

  /// Zero: `many` can be taken now.
  [[nodiscard]] runtime::duration time_until(double many, runtime::time_point now) noexcept;
  /// Also when it is not there: then it is owed.
  void take(double many, runtime::time_point now) noexcept;
  void give_back(double many, runtime::time_point now) noexcept { take(-many, now); }
  /// Another size; the same part of it is used.
  void change(double a_minute, runtime::time_point now) noexcept;
  [[nodiscard]] bucket_view view(runtime::time_point now) noexcept;

 private:
  void fill(runtime::time_point now) noexcept;
  [[nodiscard]] runtime::duration time_of(double many) const noexcept;

  double most_;
  double level_;
  runtime::time_point seen_;
};

/// Every take() that was granted is followed by one settle() or give_back(), of the same `tokens`.
class quota {
 public:
  explicit quota(quota_limits limits, runtime::time_point now = {}) noexcept;

  /// One request of about `tokens`. Takes nothing unless it is granted.
  [[nodiscard]] quota_verdict take(double tokens, runtime::time_point now) noexcept;
  /// The request that was granted is of so many tokens more. Takes nothing unless that is granted.
  [[nodiscard]] quota_verdict grow(double tokens, runtime::time_point now) noexcept;
  /// It is over and has used so many.
  void settle(double tokens, double used, runtime::time_point now) noexcept;
  /// Nothing came of it, and not for its own fault: it counts for nothing.
  void give_back(double tokens, runtime::time_point now) noexcept;

  /// The file was read again.
  void change(quota_limits limits, runtime::time_point now) noexcept;
  [[nodiscard]] quota_view view(runtime::time_point now) noexcept;
  [[nodiscard]] std::uint32_t running() const noexcept { return running_; }

 private:
  quota_limits limits_;
  token_bucket requests_;
  token_bucket tokens_;
  std::uint32_t running_ = 0;
};

}  // namespace hawser::net
