// Renders templates for the scripts beside it: JSON lines {"template", "context"} in, {"output"} or {"error",
// "stage"} out.
#include "model/chat_template.hpp"

#include <boost/json.hpp>

#include <iostream>
#include <string>

int main() {
  namespace json = boost::json;
  using hawser::model::chat_template;
  constexpr std::chrono::system_clock::time_point moment{std::chrono::seconds{1'700'000'000}};
  std::string line;
  while (std::getline(std::cin, line)) {
    json::object answer;
    json::parse_options options;
    options.allow_comments = false;
    options.max_depth = 200;
    const json::value request = json::parse(line, {}, options);
    const auto compiled = chat_template::compile(request.at("template").as_string());
    if (!compiled) {
      answer = {{"stage", "compile"}, {"error", compiled.error().what}};
    } else if (const auto text = compiled->render(request.at("context").as_object(), moment); text) {
      answer = {{"output", *text}};
    } else {
      answer = {{"stage", "render"}, {"error", text.error().what}};
    }
    std::cout << json::serialize(answer) << '\n' << std::flush;
  }
}
