/// An extension in the program itself: it sees each request before it is admitted, and each answer as it is
/// made.
#include "embed/model_file.hpp"
#include "embed/server.hpp"

#include <filesystem>
#include <iostream>
#include <memory>

namespace actors = hawser::actors;
namespace embed = hawser::embed;

/// Keeps answers short, and some words out.
class house_rules : public embed::extension {
 public:
  embed::verdict on_request(const embed::seen_request& request) override {
    const auto* const prompt = std::get_if<actors::plain_prompt>(&request.spec.prompt);
    if (prompt != nullptr && prompt->text.find("password") != std::string::npos) {
      return embed::refuse{"passwords are not talked about here", "prompt"};
    }
    embed::change shorter{request.spec};
    shorter.spec.max_tokens = 8;
    return shorter;
  }

  void on_end(const embed::seen_end& end) override {
    std::cout << "request " << end.id << ": "
              << (end.refused ? end.message : std::to_string(end.answer_tokens) + " tokens") << "\n";
  }
};

int main() {
  hawser::conf::settings settings;
  settings.model.path = embed::default_model_path();
  settings.model.context = 512;
  if (!std::filesystem::exists(settings.model.path)) return 77;  // CTest: skipped

  embed::extension_options rules;
  rules.name = "house-rules";
  rules.make = [] { return std::make_unique<house_rules>(); };
  rules.requests = true;
  rules.answers = true;
  rules.required = true;  // without a verdict nobody passes
  rules.deadline = std::chrono::seconds(5);

  embed::server server({.settings = settings, .extensions = {rules}});
  server.start();
  server.ready().value();

  const auto ask = [&server](const std::string& text) {
    actors::generation_spec spec;
    spec.prompt = actors::plain_prompt{text};
    spec.max_tokens = 100;
    return server.generate(spec);
  };
  const embed::answer short_one = ask("Once upon a time");
  const embed::answer refused = ask("The password of the bank is");
  server.stop();
  return short_one.tokens.size() == 8 && refused.refused ? 0 : 1;
}
