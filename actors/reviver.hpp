/// Makes a device anew off the event loop: one turn, as long as it takes.
#pragma once

#include "actors/assembly.hpp"
#include "runtime/actor.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace hawser::actors {

struct revive_now {
  std::uint32_t which = 0;
  std::unique_ptr<model::backend> old;
};

/// Either a backend, or an error that is not empty.
struct revived {
  std::uint32_t replica = 0;
  std::unique_ptr<model::backend> backend;
  std::string error;
};

class reviver final : public runtime::actor<reviver, revive_now> {
 public:
  reviver(runtime::home where, std::shared_ptr<core_parts> parts, runtime::address<revived> whom)
      : actor(where), parts_(std::move(parts)), whom_(std::move(whom)) {}

  void on(revive_now m);

 private:
  std::shared_ptr<core_parts> parts_;
  runtime::address<revived> whom_;
};

}  // namespace hawser::actors
