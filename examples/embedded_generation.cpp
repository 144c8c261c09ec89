/// A language model inside a program: no socket, no other process. Tokens come as messages to an actor.
#include "embed/model_file.hpp"
#include "embed/server.hpp"
#include "runtime/actor.hpp"

#include <filesystem>
#include <iostream>
#include <semaphore>

namespace actors = hawser::actors;
namespace embed = hawser::embed;
namespace runtime = hawser::runtime;

/// Prints one answer as it comes.
class reader : public runtime::actor<reader, actors::refused, actors::admitted, actors::generated,
                                     actors::choice_ended, actors::ended> {
 public:
  reader(runtime::home where, std::binary_semaphore& done) : actor(where), done_(done) {}

  void on(actors::refused m) { finish(m.message); }
  void on(actors::admitted m) { std::cout << "[" << m.prompt_tokens << " tokens of prompt]"; }
  void on(actors::generated m) {
    for (const auto& token : m.tokens) std::cout << token.text << std::flush;
  }
  void on(actors::choice_ended m) { std::cout << m.end.rest; }
  void on(actors::ended m) { finish(embed::name_of(m.why)); }

 private:
  void finish(std::string_view how) {
    std::cout << "\n[" << how << "]\n";
    close();
    done_.release();
  }

  std::binary_semaphore& done_;
};

int main(int argc, char** argv) {
  hawser::conf::settings settings;
  settings.model.path = argc > 1 ? argv[1] : embed::default_model_path();
  settings.model.context = 512;
  if (!std::filesystem::exists(settings.model.path)) {
    std::cout << settings.model.path << " is not there: `make model` fetches it\n";
    return 77;  // CTest: skipped
  }

  std::binary_semaphore done(0);
  embed::server server({.settings = settings});
  server.start();
  if (const auto ready = server.ready(); !ready) {
    std::cerr << ready.error().what << "\n";
    return 1;
  }

  actors::generation_spec spec;
  spec.prompt = actors::plain_prompt{"The capital of France is"};
  spec.max_tokens = 12;
  const auto listener = runtime::spawn<reader>(server.by(), {.name = "reader"}, done);
  const actors::service& core = server.service();
  const actors::request_id id = core.ids->next();
  if (core.ingress.tell(actors::generate{id, "example", {}, spec, listener}) != runtime::told::accepted)
    return 1;
  done.acquire();

  // Or all of it at once, for who has a thread to wait on.
  const embed::answer again = server.generate(spec);
  server.stop();
  std::cout << again.text << "\n";
  return again.text.find("Paris") == std::string::npos ? 1 : 0;
}
