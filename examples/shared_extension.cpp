/// Loads the shared library that is named on its command line, as [[extension]] in a configuration does.
#include "embed/failure.hpp"
#include "embed/model_file.hpp"
#include "embed/server.hpp"

#include <filesystem>
#include <iostream>

namespace actors = hawser::actors;
namespace embed = hawser::embed;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  hawser::conf::settings settings;
  settings.model.path = embed::default_model_path();
  settings.model.context = 512;
  if (!std::filesystem::exists(settings.model.path)) return 77;  // CTest: skipped

  actors::generation_spec spec;
  spec.prompt = actors::plain_prompt{"The capital of France is"};
  spec.max_tokens = 4;
  std::uint32_t bare = 0;
  {
    embed::server server({.settings = settings});
    server.start();
    server.ready().value();
    bare = server.generate(spec).prompt_tokens;
  }

  hawser::conf::extension_settings polite;
  polite.path = argv[1];
  polite.deadline = hawser::conf::seconds_count(5000);
  polite.options = {{"sentence", "Please answer politely, and in one word. "}};
  settings.extensions = {polite};
  try {
    embed::server server({.settings = settings});
    server.start();
    server.ready().value();
    const embed::answer got = server.generate(spec);
    std::cout << "prompt: " << bare << " tokens without it, " << got.prompt_tokens << " with it\n";
    return got.prompt_tokens > bare ? 0 : 1;
  } catch (const embed::failure& e) {
    std::cerr << e.what() << "\n";  // a library that is missing, or made for another version
    return 1;
  }
}
