/// A bounded inbox for many senders and one reader, in one atomic word. It knows nothing of actors or
/// threads.
///
/// The word is the top of a stack of letters, or one of three marks:
///   idle    nothing inside and nobody reading: the sender whose letter replaces it must wake the reader
///   empty   nothing inside, a reader is at work (null)
///   shut    closed for good: every letter that was accepted has been read
/// Invariants:
///   1. At most one party owns the reading side: from the push that answered `wake` until read_or_rest()
///   rests idle.
///   2. A letter is accepted or refused, never lost: shut can only replace empty, by compare-and-swap.
///   3. Letters of one sender are read in the order in which they were sent.
#pragma once

#include "runtime/envelope.hpp"

#include <atomic>
#include <cstdint>

namespace hawser::runtime {

enum class told : std::uint8_t {
  accepted,  ///< it will be read, unless the actor fails first
  full,      ///< the bound is reached: nothing happened
  closed,    ///< the actor is stopping or gone: nothing happened
};

class mailbox {
 public:
  /// `bound` counted letters may wait at once.
  explicit mailbox(std::uint32_t bound) noexcept;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox();

  /// Any thread. A place for one counted letter; each `accepted` must be followed by push().
  [[nodiscard]] told reserve() noexcept;

  /// Any thread. Takes ownership when it answers accepted; `wake` then says that the caller must schedule the
  /// reader.
  [[nodiscard]] told push(envelope* letter, bool& wake) noexcept;

  enum class rest : std::uint8_t {
    idle,  ///< the reader no longer owns the mailbox
    shut,  ///< the reader owns it for good: nothing can come any more
  };

  /// Reader only. The next letter (the caller's to delete), or null: then `how` says how the mailbox rests.
  [[nodiscard]] envelope* read_or_rest(rest& how) noexcept;

  /// Reader only. Gives the place of a counted letter back.
  void read(const envelope& letter) noexcept {
    if (letter.counted) waiting_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Any thread. From now on reserve() refuses. The reader finishes what was accepted, then read_or_rest()
  /// shuts it.
  void close() noexcept { closing_.store(true, std::memory_order_release); }

  [[nodiscard]] bool closing() const noexcept { return closing_.load(std::memory_order_acquire); }

  [[nodiscard]] bool shut() const noexcept;

  /// Reader only. Shuts at once and destroys what waits (after a failure).
  void abandon() noexcept;

  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

  [[nodiscard]] std::uint32_t bound() const noexcept { return bound_; }

  /// Letters inside, counted or not. O(letters); only while nobody reads or sends: for a simulation, which
  /// has one thread.
  [[nodiscard]] std::uint32_t inside() const noexcept;

 private:
  void drain() noexcept;

  alignas(64) std::atomic<envelope*> top_;
  std::atomic<std::uint32_t> waiting_{0};
  std::atomic<bool> closing_{false};
  const std::uint32_t bound_;
  alignas(64) envelope* in_order_ = nullptr;  // the reader's: drained and reversed
};

}  // namespace hawser::runtime
