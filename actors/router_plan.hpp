/// Which of several replicas a request goes to, and what becomes of it when that one is lost. Pure.
#pragma once

#include "actors/prefix_map.hpp"
#include "actors/router_mail.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace hawser::actors {

struct router_limits {
  std::uint32_t expected_answer = 256;  ///< tokens
  bool share_prefixes = false;          ///< between all keys
  hash_key key{};
};

/// A request costs a replica the part of its prompt that it has not computed before, and half of an expected
/// answer for each choice: in a full batch a token of an answer costs what one of a prompt does. It goes
/// where it is over soonest: least cost of it and of all that are there, by the speed of the device; who has
/// to wait for a seat waits for an answer. So prefixes draw requests together until others have less to do.
class router_plan {
 public:
  explicit router_plan(router_limits limits) : limits_(limits) {}

  /// It has a new batcher, which is not open yet.
  void know(const use_replica& what);
  void open(std::uint32_t replica, bool open) noexcept;
  void know_batch(const batch_state& now) noexcept;

  /// Remembered until it has left. Nothing: no replica is open.
  [[nodiscard]] std::optional<std::uint32_t> place(const join& request);

  // To which replica the letter goes; nothing: the request is over.
  [[nodiscard]] std::optional<std::uint32_t> take(const leave& m);
  [[nodiscard]] std::optional<std::uint32_t> take(const shed& m);
  [[nodiscard]] std::optional<std::uint32_t> take(const hold& m) noexcept;
  [[nodiscard]] std::optional<std::uint32_t> take(const postpone& m) noexcept;

  void take(const joined& m) noexcept;
  void take(const started& m) noexcept;
  void take(const answering& m) noexcept;
  void take(const left& m) noexcept;

  /// A request that begins again elsewhere, and what it has been told since it joined.
  struct restart {
    std::uint32_t replica = 0;
    join request;
    bool held = false;
    std::optional<shed> no;
    std::optional<leave> leaving;
  };
  struct moves {
    std::vector<restart> again;
    std::vector<request_id> lost;  ///< have begun already, or there is no other replica
  };
  [[nodiscard]] moves take(const handed_back& m);
  [[nodiscard]] moves take(const replica_failed& m);

  /// Of all that are open; when none is, of all.
  [[nodiscard]] know_room room() const;
  [[nodiscard]] batch_state state() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct replica {
    bool open = false;
    std::uint32_t seats = 0;
    kv_shape room;
    std::uint64_t work = 0;       // tokens, of all that are there
    std::uint32_t sequences = 0;  // the same
    std::uint64_t chosen = 0;     // number of its last choice
    batch_state last;
  };
  struct entry {
    join from;  // without its prompt once it has started
    std::uint32_t replica = 0;
    std::uint32_t prompt_tokens = 0;
    std::uint64_t prefill = 0;  // tokens that are not computed yet
    std::uint64_t answers = 0;  // tokens that are expected
    bool begun = false;
    bool held = false;
    std::optional<shed> no;
    std::optional<leave> leaving;
  };

  [[nodiscard]] std::optional<std::uint32_t> choose(const join& request,
                                                    std::span<const page_hash> blocks) const;
  [[nodiscard]] double rate_of(const replica& r) const noexcept;
  [[nodiscard]] entry* find(request_id id) noexcept;
  void settle(entry& e, std::uint32_t at, std::span<const page_hash> blocks) noexcept;
  void owe(entry& e, std::uint64_t prefill) noexcept;
  void release(entry& e) noexcept;
  void begin_again(request_id id, moves& into);

  router_limits limits_;
  std::vector<replica> replicas_;
  std::optional<prefix_map> prefixes_;
  std::unordered_map<request_id, entry> entries_;
  std::uint64_t choices_ = 0;
};

}  // namespace hawser::actors
