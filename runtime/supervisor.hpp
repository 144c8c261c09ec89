/// Trees of actors that are started in order, started again when they fail, and stopped in reverse.
///
///   runtime::supervision tree(scheduler, {.name = "shop", .limits = {.how = strategy::rest_for_one}});
///   const auto store = tree.add<storage>({.name = "storage"}, path);
///   const auto till = tree.add<cashier>({.name = "cashier", .again = restart::transient}, store);
///   const auto top = std::move(tree).start();   // store and till keep their addresses for good
///   ... top.stop();
#pragma once

#include "runtime/actor.hpp"
#include "runtime/supervision_plan.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace hawser::runtime {

/// What becomes of the letters that wait when a life of a child ends and another will follow.
enum class mail : std::uint8_t {
  kept,     ///< the next life reads them
  refused,  ///< they are dropped: asks are answered with an error
};

struct child_options {
  std::string name{};
  std::uint32_t mailbox = 1024;  ///< letters that may wait
  std::chrono::nanoseconds slow_handler = std::chrono::milliseconds(10);
  std::uint32_t worker = any_worker;
  restart again = restart::permanent;
  mail waiting = mail::kept;
  /// When the tree stops: after it the child is killed, and after as long again it is left to itself.
  duration stop_within = std::chrono::seconds(5);
};

struct supervision_options {
  std::string name{};
  restart_limits limits{};
};

namespace detail {

struct family;

/// One child: its address, which outlives its lives, and how to make the next one.
struct child {
  using maker = std::function<std::unique_ptr<actor_base>(home, void*& object)>;

  child_options options;
  maker make;
  cell_ptr where;
  vacant_cell vacant;             // while it is down
  std::shared_ptr<family> below;  // of a supervisor
  std::uint32_t life = 0;         // the last one that was started
};

struct family {
  supervision_options options;
  std::vector<child> children;
  std::atomic<bool> final{false};  // a stop is the end; otherwise the supervisor above may start it again
};

struct child_left {
  std::size_t number = 0;
  vacant_cell vacant;
};

class supervisor final : public actor<supervisor, child_left> {
 public:
  /// Starts the children; throws what the first of them throws that cannot be made.
  supervisor(home where, std::shared_ptr<family> whose);
  ~supervisor() override;

  void on(child_left m);
  void on_stop() override;
  bool on_retire() override;

 private:
  void adopt();
  void obey();
  void obey(supervision_order order);
  void raise(std::size_t number);
  void ask_to_go(supervision_order how);
  void fell(std::size_t number, vacant_cell vacant, bool failed);
  void finish();

  std::shared_ptr<family> family_;
  supervision_plan plan_;
  std::string last_reason_;
  timer deadline_;
  bool starting_ = true;
};

}  // namespace detail

/// A supervisor and its children, to be described, then started. Addresses are valid at once: what is told
/// before the start waits. A tree that is dropped unstarted ends them.
class supervision {
 public:
  explicit supervision(scheduler& by, supervision_options options);

  /// A child of class Actor, made from (home, args...) in each of its lives; the arguments are copied.
  template <class Actor, class... Args>
  typename Actor::address_type add(child_options options, Args... args) {
    return add_made<Actor>(std::move(options), [held = std::tuple(std::move(args)...)](home where) {
      return std::apply([&](const auto&... each) { return std::make_unique<Actor>(where, each...); }, held);
    });
  }

  /// As add(), made by `make(home)`, which returns a unique_ptr<Actor> and may throw.
  template <class Actor, class Make>
  typename Actor::address_type add_made(child_options options, Make make) {
    cell_ptr where = enter(std::move(options), [make = std::move(make)](home at, void*& object) {
      std::unique_ptr<Actor> made = make(at);
      object = made.get();
      return std::unique_ptr<actor_base>(std::move(made));
    });
    return Actor::address_type::template of<Actor>(std::move(where));
  }

  /// A supervisor as a child: when it gives up, this one decides. Its name is that of its options.
  address<> add(supervision below, child_options options = {});

  /// Starts the children in order, on this thread; throws what the first one throws that cannot be made, and
  /// ends the others then. The tree ends by itself only when it gives up: then its address's watchers hear of
  /// a failure.
  address<> start(cell::watch watcher = {}) &&;

 private:
  cell_ptr enter(child_options options, detail::child::maker make);

  scheduler& by_;
  std::shared_ptr<detail::family> family_;
};

}  // namespace hawser::runtime
