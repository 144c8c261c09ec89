/// A server on real threads whose device and vocabulary are the simulation's.
#pragma once

#include "embed/server.hpp"

#include "simulation/byte_tokenizer.hpp"
#include "simulation/simulated_backend.hpp"

#include <memory>
#include <string>
#include <utility>

namespace hawser::embed {

struct simulated_server {
  explicit simulated_server(server_options options = {}) : it(complete(std::move(options))) {}

  /// Until requests can be served.
  void start() {
    it.start();
    it.ready().value();
  }

  [[nodiscard]] answer ask(const std::string& text, std::uint32_t tokens = 8) {
    actors::generation_spec spec;
    spec.prompt = actors::plain_prompt{text};
    spec.max_tokens = tokens;
    spec.ignore_end = true;
    return it.generate(std::move(spec));
  }

  server it;

 private:
  [[nodiscard]] server_options complete(server_options options) {
    options.settings.server.port = 0;
    options.settings.server.threads = 2;
    options.settings.server.drain_timeout = conf::seconds_count(5000);
    options.seed = 1;
    options.cores = 2;
    options.load = [this]() -> model::result<actors::core_parts> {
      actors::core_parts parts;
      parts.backends.push_back(
          std::make_unique<simulation::simulated_backend>(it.by().time(), simulation::device_options{}));
      parts.tokenizer = std::make_shared<simulation::byte_tokenizer>();
      parts.model_name = "simulated";
      return parts;
    };
    return options;
  }
};

}  // namespace hawser::embed
