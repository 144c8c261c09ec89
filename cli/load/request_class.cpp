#include "cli/load/request_class.hpp"

#include <array>
#include <optional>
#include <utility>

namespace hawser::load {

namespace {

/// Puts a value that was read, or says why it was not.
template <class Value, class Place>
std::optional<error> put(const result<Value>& read, Place& to) {
  if (read.has_error()) return read.error();
  to = static_cast<Place>(*read);
  return std::nullopt;
}

std::optional<error> set(request_class& made, std::string_view name, std::string_view value) {
  constexpr double many = 1e6;
  const std::array<std::pair<std::string_view, double*>, 5> shares{{{"share", &made.share},
                                                                    {"prefix_share", &made.prefix_share},
                                                                    {"stream", &made.stream},
                                                                    {"obey", &made.obey},
                                                                    {"leave", &made.leave}}};
  for (const auto& [key, to] : shares) {
    if (name == key) return put(read_number(value, key == "share" ? many : 1), *to);
  }
  const std::array<std::pair<std::string_view, std::uint32_t*>, 3> counts{
      {{"prefix", &made.prefix}, {"prefixes", &made.prefixes}, {"turns", &made.turns}}};
  for (const auto& [key, to] : counts) {
    if (name == key) return put(read_number(value, many), *to);
  }
  const std::array<std::pair<std::string_view, std::chrono::nanoseconds*>, 4> times{
      {{"think", &made.think},
       {"ttft", &made.goal.ttft},
       {"tpot", &made.goal.tpot},
       {"e2e", &made.goal.e2e}}};
  for (const auto& [key, to] : times) {
    if (name == key) return put(read_time(value), *to);
  }
  if (name == "prompt") return put(read_length(value), made.prompt);
  if (name == "answer") return put(read_length(value), made.answer);
  if (name == "rate") return put(read_rate(value), made.rate);
  if (name == "name" || name == "priority") {
    (name == "name" ? made.name : made.priority) = value;
    return std::nullopt;
  }
  return error{errc::bad_option,
               "a class has no \"" + std::string(name) +
                   "\"; it has name, share, rate, prompt, answer, priority, prefix_share, prefix, "
                   "prefixes, turns, think, stream, obey, leave, ttft, tpot and e2e"};
}

}  // namespace

result<request_class> read_class(std::string_view text, const request_class& defaults) {
  request_class made = defaults;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    const std::string_view field = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) {
      return error{errc::bad_option, "\"" + std::string(field) + "\" in a class: expected NAME=VALUE"};
    }
    if (auto wrong = set(made, field.substr(0, equals), field.substr(equals + 1))) return *wrong;
  }
  if (made.prefixes == 0 || made.turns == 0) {
    return error{errc::bad_option, "class " + made.name + ": prefixes and turns are at least 1"};
  }
  return made;
}

}  // namespace hawser::load
