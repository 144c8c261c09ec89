/// A bounded inbox for many senders and one reader, in one atomic word. It knows nothing of actors or
/// threads.
///
/// The word holds the top of a stack of letters and how many of them count against the bound, or a mark:
///   idle    nothing inside and nobody reading: the sender whose letter replaces it must wake the reader
///   empty   nothing inside, a reader is at work (zero)
///   shut    closed for good: every letter that was accepted has been read
/// Control letters have a stack of their own, which is read first.
/// Invariants:
///   1. At most one party owns the reading side: from the push that answered `wake` until read_or_rest()
///   rests idle.
///   2. A letter is accepted or refused, never lost: shut can only replace empty, by compare-and-swap.
///   3. Letters of one sender are read in the order in which they were sent, control letters before others.
///   4. No more than `bound` counted letters wait: a sender adds the word's count to those that are drained
///   and unread, and the reader publishes that number before the word shows that it has drained them.
#pragma once

#include "runtime/envelope.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hawser::runtime {

enum class told : std::uint8_t {
  accepted,  ///< it will be read, unless the actor fails first
  full,      ///< the bound is reached: nothing happened
  closed,    ///< the actor is stopping or gone: nothing happened
};

class mailbox {
 public:
  static constexpr std::uint32_t most = (1u << 20u) - 1;  ///< the largest bound

  /// `bound` counted letters may wait at once. `owned`: the reading side is taken from the start.
  explicit mailbox(std::uint32_t bound, bool owned = false) noexcept;
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox();

  /// Any thread. Takes ownership when it answers accepted; `wake` then says that the caller must schedule the
  /// reader. Letters that do not count are refused only when the mailbox is shut.
  [[nodiscard]] told push(envelope* letter, bool& wake) noexcept;
  /// Any thread. As push(), for a letter that is read before all others and does not count.
  [[nodiscard]] told push_first(envelope* letter, bool& wake) noexcept;

  /// Any thread. What push() would answer to a counted letter now.
  [[nodiscard]] told room() const noexcept;

  enum class rest : std::uint8_t {
    idle,  ///< the reader no longer owns the mailbox
    shut,  ///< the reader owns it for good: nothing can come any more
  };

  /// Reader only. The next letter (the caller's to drop), or null: then `how` says how the mailbox rests.
  [[nodiscard]] envelope* read_or_rest(rest& how) noexcept {
    if (first_.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      drain_first();
    if (in_order_ != nullptr && first_in_order_ == nullptr) [[likely]]
      return next_letter();
    return read_more(how);
  }

  /// Reader only. Senders see all room that there is.
  void publish() noexcept {
    unread_.store(left_, std::memory_order_relaxed);
    unpublished_ = 0;
  }

  /// Any thread. From now on no counted letter is accepted. The reader finishes what was, then
  /// read_or_rest() shuts it.
  void close() noexcept { closing_.store(true, std::memory_order_release); }

  [[nodiscard]] bool closing() const noexcept { return closing_.load(std::memory_order_acquire); }

  [[nodiscard]] bool shut() const noexcept;
  /// Any thread. Nothing waits and nobody reads.
  [[nodiscard]] bool resting() const noexcept;

  /// Reader only. Rests if nothing waits; false: something does, and the reader still owns the mailbox.
  [[nodiscard]] bool rest_if_empty() noexcept;
  /// Reader only. Shuts at once and destroys what waits (after a failure).
  void abandon() noexcept;
  /// Reader only. Destroys what waits, control letters excepted.
  void empty_out() noexcept;
  /// Reader only. Open again, whatever happened before; the reader is at work.
  void reopen() noexcept;

  /// Any thread. Counted letters that wait; up to an eighth of the bound too many while the reader works.
  [[nodiscard]] std::uint32_t waiting() const noexcept;

  [[nodiscard]] std::uint32_t bound() const noexcept { return bound_; }

  /// Letters inside, counted or not. O(letters); only while nobody reads or sends: for a simulation, which
  /// has one thread.
  [[nodiscard]] std::uint32_t inside() const noexcept;

 private:
  using word = std::uint64_t;

  [[nodiscard]] envelope* next_letter() noexcept {
    envelope* const letter = in_order_;
    in_order_ = letter->next;
    if (letter->counted) {
      --left_;
      if (++unpublished_ >= publish_every_) publish();
    }
    return letter;
  }

  [[nodiscard]] envelope* read_more(rest& how) noexcept;
  void drain() noexcept;
  void drain_first() noexcept;
  void append_first(envelope* stack) noexcept;
  bool shut_first() noexcept;
  static void destroy(envelope* list) noexcept;

  // Between the lines that senders write and the reader's own lies a line of nothing.
  std::atomic<word> top_;
  std::atomic<std::uint32_t> unread_{0};  // drained and counted; at least as many as are unread
  std::atomic<bool> closing_{false};
  const std::uint32_t bound_;
  const std::uint32_t publish_every_;
  std::byte apart_[64]{};
  std::atomic<envelope*> first_{nullptr};  // control letters, latest on top
  envelope* in_order_ = nullptr;           // the reader's: drained and reversed
  envelope* first_in_order_ = nullptr;
  std::uint32_t left_ = 0;  // counted letters in in_order_
  std::uint32_t unpublished_ = 0;
};

}  // namespace hawser::runtime
