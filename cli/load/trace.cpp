#include "cli/load/trace.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace hawser::load {

namespace {

namespace json = boost::json;

constexpr double most_tokens = 1 << 20;

class line_reader {
 public:
  line_reader(const json::object& object, std::uint64_t line) : object_(object), line_(line) {}

  [[nodiscard]] error wrong(std::string_view what) const {
    return {errc::bad_trace, "line " + std::to_string(line_) + " of the trace: " + std::string(what)};
  }

  /// A number from 0 to `most` under the first of these names that is there.
  [[nodiscard]] result<std::optional<double>> number(std::initializer_list<std::string_view> names,
                                                     double most) const {
    for (const std::string_view name : names) {
      const json::value* const v = object_.if_contains(name);
      if (v == nullptr) continue;
      boost::system::error_code failed;
      const double value = v->is_number() ? v->to_number<double>(failed) : -1;
      if (failed || !(value >= 0 && value <= most))
        return wrong(std::string(name) + ": expected a number that is not negative");
      return std::optional(value);
    }
    return std::optional<double>();
  }

  [[nodiscard]] result<std::string> text(std::string_view name) const {
    const json::value* const v = object_.if_contains(name);
    if (v == nullptr) return std::string();
    const json::string* const s = v->if_string();
    if (s == nullptr) return wrong(std::string(name) + ": expected a string");
    return std::string(*s);
  }

 private:
  const json::object& object_;
  std::uint64_t line_;
};

class trace_reader {
 public:
  trace_reader(std::vector<request_class> classes, double speed, std::uint64_t seed)
      : speed_(speed), by_(seed_of(seed, 1u << 20)), defaults_(classes.front()) {
    made_.classes = std::move(classes);
  }

  std::optional<error> add(const json::object& object, std::uint64_t line) {
    const line_reader in(object, line);
    const auto seconds = in.number({"time"}, 1e6);
    const auto stamp = in.number({"timestamp"}, 1e9);
    const auto prompt = in.number({"prompt_tokens", "input_length"}, most_tokens);
    const auto answer = in.number({"max_tokens", "output_length"}, most_tokens);
    const auto prefix = in.number({"prefix"}, most_tokens);
    for (const auto* one : {&seconds, &stamp, &prompt, &answer, &prefix}) {
      if (one->has_error()) return one->error();
    }
    const auto text = in.text("prompt"), name = in.text("class");
    for (const auto* one : {&text, &name}) {
      if (one->has_error()) return one->error();
    }
    planned_request next;
    next.number = made_.requests.size();
    next.of_class = class_of(*name);
    const request_class& as = made_.classes[next.of_class];
    const double at = seconds->value_or(stamp->value_or(0) / 1e3) / speed_;
    next.at = std::chrono::nanoseconds(static_cast<std::int64_t>(at * 1e9));
    next.text = *text;
    next.text_seed = by_.next();
    next.prompt = length(*prompt, as.prompt);
    next.answer = length(*answer, as.answer);
    next.prefix = static_cast<std::uint32_t>(prefix->value_or(0));
    const json::value* const stream = object.if_contains("stream");
    next.stream = stream != nullptr && stream->is_bool() ? stream->get_bool() : by_.happens(as.stream);
    next.obeys = by_.happens(as.obey);
    next.leaves = by_.happens(as.leave);
    next.leave_after = static_cast<std::uint32_t>(by_.below(next.answer));
    made_.requests.push_back(std::move(next));
    return std::nullopt;
  }

  trace take() {
    const auto earlier = [](const auto& a, const auto& b) {
      return std::tie(a.at, a.number) < std::tie(b.at, b.number);
    };
    std::sort(made_.requests.begin(), made_.requests.end(), earlier);
    return std::move(made_);
  }

 private:
  std::uint32_t length(std::optional<double> given, const length_spec& otherwise) {
    // Drawn even when it is given: then a line does not change those after it.
    const std::uint32_t drawn = otherwise.draw(by_);
    return given ? static_cast<std::uint32_t>(std::max(1.0, *given)) : drawn;
  }

  std::uint32_t class_of(const std::string& name) {
    if (name.empty()) return 0;
    const auto found = std::find_if(made_.classes.begin(), made_.classes.end(),
                                    [&](const auto& c) { return c.name == name; });
    if (found != made_.classes.end()) return static_cast<std::uint32_t>(found - made_.classes.begin());
    made_.classes.push_back(defaults_);
    made_.classes.back().name = name;
    return static_cast<std::uint32_t>(made_.classes.size() - 1);
  }

  trace made_;
  double speed_;
  chance by_;
  request_class defaults_;
};

}  // namespace

result<trace> read_trace(std::string_view text, std::vector<request_class> classes, double speed,
                         std::uint64_t seed) {
  trace_reader reader(std::move(classes), speed, seed);
  std::uint64_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    boost::system::error_code failed;
    const json::value value = json::parse(line, failed);
    const json::object* const object = failed ? nullptr : value.if_object();
    if (object == nullptr) {
      return error{errc::bad_trace,
                   "line " + std::to_string(number) + " of the trace: expected one JSON object"};
    }
    if (auto wrong = reader.add(*object, number)) return *wrong;
  }
  return reader.take();
}

}  // namespace hawser::load
