/// One letter: a message, and how to hand it to the actor that it was typed for.
#pragma once

#include "runtime/ambient.hpp"
#include "runtime/type_name.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hawser::runtime {

/// Memory for envelopes, from a free list of the calling thread; chains move between threads in bulk, so a
/// sender and a receiver on two threads do not fight over the heap. Larger ones come from the heap. Any
/// thread; freed by any thread.
class envelope_memory {
 public:
  static constexpr std::size_t small = 128;

  [[nodiscard]] static void* take(std::size_t bytes) {
    if (bytes > small || list_.head == nullptr) return take_slowly(bytes);
    node* const taken = list_.head;
    list_.head = taken->next;
    --list_.length;
    return taken;
  }

  static void give(void* memory, std::size_t bytes) noexcept {
    if (bytes > small || list_.length >= list_.most) return give_slowly(memory, bytes);
    list_.head = new (memory) node{list_.head};
    ++list_.length;
  }

 private:
  struct node {
    node* next;
  };
  struct free_list {
    node* head = nullptr;
    std::size_t length = 0;
    std::size_t most = 0;  // none before the thread's first letter and after its end
  };
  struct depot;
  struct leaver;

  [[nodiscard]] static void* take_slowly(std::size_t bytes);
  static void give_slowly(void* memory, std::size_t bytes) noexcept;

  static thread_local constinit free_list list_;
};

struct envelope;

/// What there is to know about all letters of one type.
struct message_kind {
  std::string_view name;
  /// Destroys the envelope, then hands its message to `actor`, the object that it was made for. May throw
  /// what the handler throws. On the actor's turn.
  void (*open)(envelope* self, void* actor);
  /// Destroys the envelope and its message unread. Any thread.
  void (*drop)(envelope* self) noexcept;
};

/// The address is a multiple of 16, and below 2^48, as the heaps of Linux hand them out.
struct alignas(16) envelope {
  envelope* next = nullptr;
  const message_kind* kind;
  std::uint64_t trace;     ///< of the handler that sent it
  std::uint64_t stamp;     ///< ticks, about when it was sent
  std::uint32_t life = 0;  ///< for which life of the actor only; 0: for any
  bool counted = true;     ///< against the mailbox's bound; an actor's own completions are not

  explicit envelope(const message_kind& of) noexcept : kind(&of), trace(current_trace()) {
    // Within a turn, the time at which its handler began is near enough and costs nothing.
    stamp = this_page.who.load(std::memory_order_relaxed) != nullptr
                ? this_page.since.load(std::memory_order_relaxed)
                : ticks::now();
  }
  envelope(const envelope&) = delete;
  envelope& operator=(const envelope&) = delete;

 protected:
  ~envelope() = default;  // by its kind alone
};

struct drop_envelope {
  void operator()(envelope* what) const noexcept { what->kind->drop(what); }
};

using envelope_ptr = std::unique_ptr<envelope, drop_envelope>;

namespace detail {

template <class Letter>
struct recycle {
  void operator()(Letter* what) const noexcept {
    what->~Letter();
    envelope_memory::give(what, sizeof(Letter));
  }
};

/// The content of a letter, whose envelope is free again when its handler begins.
template <class Letter>
using opened = std::unique_ptr<Letter, recycle<Letter>>;

template <class Letter>
void drop_letter(envelope* self) noexcept {
  recycle<Letter>{}(static_cast<Letter*>(self));
}

template <class Letter, class... Args>
Letter* write_letter(Args&&... args) {
  static_assert(alignof(Letter) <= alignof(std::max_align_t));
  void* const memory = envelope_memory::take(sizeof(Letter));
  if constexpr (std::is_nothrow_constructible_v<Letter, Args...>) {
    return new (memory) Letter(std::forward<Args>(args)...);
  } else {
    try {
      return new (memory) Letter(std::forward<Args>(args)...);
    } catch (...) {
      envelope_memory::give(memory, sizeof(Letter));
      throw;
    }
  }
}

}  // namespace detail

/// A message of type Message, whoever it is for.
template <class Message>
struct letter_of : envelope {
  Message message;

  letter_of(const message_kind& of, Message&& m) noexcept(std::is_nothrow_move_constructible_v<Message>)
      : envelope(of), message(std::move(m)) {}
};

/// A message for an actor of class Actor, which has `void on(Message)`.
template <class Actor, class Message>
struct letter {
  using content = letter_of<Message>;

  static content* write(Message&& m) { return detail::write_letter<content>(kind, std::move(m)); }

  static void open(envelope* self, void* actor) {
    Message m = take(detail::opened<content>(static_cast<content*>(self)));
    static_cast<Actor*>(actor)->on(std::move(m));
  }

  static constexpr message_kind kind{type_name<Message>(), &open, &detail::drop_letter<content>};

 private:
  static Message take(detail::opened<content> from) { return std::move(from->message); }
};

/// A function to run on the actor's turn: completions of its own operations and timers.
template <class Function>
struct errand {
  struct content final : envelope {
    Function function;

    explicit content(Function&& f) : envelope(errand::kind), function(std::move(f)) { counted = false; }
  };

  /// `life`: dropped unrun in any other life of the actor; 0: runs in any.
  static envelope_ptr write(Function&& f, std::uint32_t life = 0) {
    envelope_ptr made(detail::write_letter<content>(std::move(f)));
    made->life = life;
    return made;
  }

  static void open(envelope* self, void*) {
    Function run = take(detail::opened<content>(static_cast<content*>(self)));
    std::move(run)();
  }

  static constexpr message_kind kind{"a completion", &open, &detail::drop_letter<content>};

 private:
  static Function take(detail::opened<content> from) { return std::move(from->function); }
};

}  // namespace hawser::runtime
