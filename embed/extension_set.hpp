/// The extensions of one server: their threads, their supervisors, and the gate that asks them.
#pragma once

#include "actors/far_mail.hpp"
#include "actors/service_mail.hpp"
#include "embed/extension.hpp"
#include "embed/gate.hpp"
#include "net/added_route.hpp"
#include "runtime/scheduler.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace hawser::embed {

class extension_set {
 public:
  /// Makes each extension and starts its thread. Throws failure (errc::extension) with the name of the first
  /// that cannot be made, or of two that want the same route, or the same office: to decide on admission, to
  /// remember answers.
  explicit extension_set(std::vector<extension_options> all);
  extension_set(const extension_set&) = delete;
  extension_set& operator=(const extension_set&) = delete;
  /// Waits for each thread, but not longer than stop_within: one that hangs is left behind, with what it
  /// holds.
  ~extension_set();

  static constexpr std::chrono::seconds stop_within{2};

  [[nodiscard]] std::vector<net::added_route> routes() const;
  [[nodiscard]] std::vector<net::added_socket> sockets() const;

  /// Who remembers answers in place of the result cache.
  struct keeper {
    actors::far_address whom;
    runtime::duration patience;  ///< with its answer
  };
  [[nodiscard]] std::optional<keeper> results() const;

  /// What to use in place of `core`: the same, behind the gate. `ended` is called when the gate has gone.
  /// Once; nothing to ask or show: `core` itself, and `ended` is never called.
  [[nodiscard]] actors::service guard(actors::service core, runtime::scheduler& by, std::size_t waiting,
                                      std::function<void()> ended);
  /// The gate that guard() made, or empty. Stop it after the core.
  [[nodiscard]] const gate::address_type& door() const noexcept { return gate_; }

  /// Asks all extensions to stop, once they have read their mail. Returns at once.
  void stop() const;

 private:
  class runner;

  std::vector<std::unique_ptr<runner>> runners_;
  gate::address_type gate_;
};

}  // namespace hawser::embed
