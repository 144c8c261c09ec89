#include "embed/redis_url.hpp"

#include <charconv>

namespace hawser::embed {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

result<redis_url> read_redis_url(std::string_view text) {
  const auto wrong = [](const std::string& what) {
    return error{errc::configuration,
                 "cache.redis: " + what +
                     ": write it as redis://:password@host:6379/0, with what is not needed left out"};
  };
  constexpr std::string_view scheme = "redis://";
  if (!text.starts_with(scheme)) return wrong("it does not begin with redis://");
  text.remove_prefix(scheme.size());
  redis_url made;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = text.substr(0, at);
    const auto colon = who.find(':');
    if (colon == std::string_view::npos) return wrong("there is a user without a password");
    made.user = who.substr(0, colon);
    made.password = who.substr(colon + 1);
    text.remove_prefix(at + 1);
  }
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view number = text.substr(slash + 1);
    if (!number.empty() && !read_number(number, made.database)) return wrong("the database is not a number");
    text = text.substr(0, slash);
  }
  // An IPv6 address stands in brackets.
  const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!read_number(text.substr(colon + 1), made.port) || made.port == 0)
      return wrong("the port is not a number");
    text = text.substr(0, colon);
  }
  made.host = bracket == std::string_view::npos ? text : text.substr(1, bracket - 1);
  if (made.host.empty()) return wrong("there is no host");
  return made;
}

}  // namespace hawser::embed
