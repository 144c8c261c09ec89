#include "cli/top/snapshot.hpp"

#include "cli/text_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace hawser::cli {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  std::string text = printable(std::string_view(found->get_string()));
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

double number_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  boost::system::error_code wrong;
  const double read = found == nullptr ? 0 : found->to_number<double>(wrong);
  return wrong || !std::isfinite(read) ? 0 : read;
}

std::uint64_t count_of(const json::object& from, std::string_view name) {
  const json::value* const found = from.if_contains(name);
  boost::system::error_code wrong;
  const auto read = found == nullptr ? 0 : found->to_number<std::uint64_t>(wrong);
  return wrong ? 0 : read;
}

actor_line line_of(const json::object& from) {
  actor_line made;
  made.id = count_of(from, "id");
  made.parent = count_of(from, "parent");
  made.name = text_of(from, "name");
  made.actors = count_of(from, "actors");
  made.state = text_of(from, "state");
  made.waiting = count_of(from, "waiting");
  made.oldest_ms = number_of(from, "oldest_ms");
  made.messages = count_of(from, "messages");
  made.busy_ms = number_of(from, "busy_ms");
  made.slow = count_of(from, "slow");
  made.restarts = count_of(from, "restarts");
  made.handling = text_of(from, "handling");
  made.handling_ms = number_of(from, "handling_ms");
  return made;
}

}  // namespace

page_result<actor_snapshot> read_snapshot(std::string_view text) {
  boost::system::error_code wrong;
  const json::value page = json::parse({text.data(), text.size()}, wrong);
  if (wrong || !page.is_object()) return page_error{"it is no JSON object"};
  const json::object& all = page.get_object();
  const json::value* const actors = all.if_contains("actors");
  if (!all.contains("hawser") || actors == nullptr || !actors->is_array())
    return page_error{"it has no list of actors"};
  actor_snapshot made;
  made.version = text_of(all, "hawser");
  made.seconds = number_of(all, "seconds");
  for (const json::value& one : actors->get_array()) {
    if (!one.is_object()) return page_error{"one of its actors is no object"};
    made.actors.push_back(line_of(one.get_object()));
  }
  return made;
}

}  // namespace hawser::cli
