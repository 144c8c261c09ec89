#include "actors/loader.hpp"

#include <exception>

namespace hawser::actors {

void loader::on(load_now) {
  model_loaded answer;
  try {
    if (auto parts = load_()) {
      answer.parts = std::make_shared<core_parts>(std::move(*parts));
      if (answer.parts->backends.empty() || !answer.parts->tokenizer)
        answer = {nullptr, "the loader gave no backend or no tokenizer"};
    } else {
      answer.error = parts.error().what.empty() ? "the model cannot be loaded" : parts.error().what;
    }
  } catch (const std::exception& e) {
    answer = {nullptr, std::string("the model cannot be loaded: ") + e.what()};
  }
  load_ = nullptr;
  whom_.notify(std::move(answer));
  close();
}

}  // namespace hawser::actors
