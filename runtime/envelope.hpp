/// One letter: a message, and how to hand it to the actor that it was typed for.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace hawser::runtime {

/// Memory for envelopes, from a free list of the calling thread; chains move between threads in bulk, so a
/// sender and a receiver on two threads do not fight over the heap. Larger ones come from the heap. Any
/// thread; freed by any thread.
class envelope_memory {
 public:
  static constexpr std::size_t small = 128;

  [[nodiscard]] static void* take(std::size_t bytes);
  static void give(void* memory, std::size_t bytes) noexcept;
};

struct envelope {
  envelope* next = nullptr;
  bool counted = true;  // against the mailbox's bound; an actor's own completions are not

  envelope() = default;
  envelope(const envelope&) = delete;
  envelope& operator=(const envelope&) = delete;
  virtual ~envelope() = default;
  /// Called once, on the actor's turn. `actor` is the object that the envelope was made for.
  virtual void open(void* actor) = 0;

  static void* operator new(std::size_t bytes) { return envelope_memory::take(bytes); }

  static void operator delete(void* memory, std::size_t bytes) noexcept {
    envelope_memory::give(memory, bytes);
  }
};

/// A message of type Message for an actor of class Actor, which has `void on(Message)`.
template <class Actor, class Message>
struct letter final : envelope {
  Message message;

  explicit letter(Message&& m) : message(std::move(m)) {}

  void open(void* actor) override { static_cast<Actor*>(actor)->on(std::move(message)); }
};

/// A function to run on the actor's turn: completions of its own operations and timers.
template <class Function>
struct errand final : envelope {
  Function function;

  explicit errand(Function&& f) : function(std::move(f)) { counted = false; }

  void open(void*) override { std::move(function)(); }
};

}  // namespace hawser::runtime
