/// Loads a model off the event loop: one turn, as long as it takes.
#pragma once

#include "actors/assembly.hpp"
#include "runtime/actor.hpp"

#include <memory>
#include <string>
#include <utility>

namespace hawser::actors {

struct load_now {};

/// Either parts, or an error that is not empty.
struct model_loaded {
  std::shared_ptr<core_parts> parts;
  std::string error;
};

class loader final : public runtime::actor<loader, load_now> {
 public:
  loader(runtime::home where, core_loader load, runtime::address<model_loaded> whom)
      : actor(where), load_(std::move(load)), whom_(std::move(whom)) {}

  void on(load_now);

 private:
  core_loader load_;
  runtime::address<model_loaded> whom_;
};

}  // namespace hawser::actors
