#include "net/actors_page.hpp"

#include "net/json_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

namespace hawser::net {
namespace {

using runtime::actor_view;

/// One line of the page: an actor, or many of one name.
struct entry {
  actor_view sum;
  std::size_t actors = 1;
};

void add_up(entry& all, const actor_view& one) {
  runtime::actor_counters& sum = all.sum.counters;
  ++all.actors;
  sum.messages += one.counters.messages;
  sum.slow += one.counters.slow;
  sum.busy += one.counters.busy;
  sum.waiting += one.counters.waiting;
  sum.oldest = std::max(sum.oldest, one.counters.oldest);
  sum.restarts += one.counters.restarts;
  if (one.handling_for <= all.sum.handling_for) return;
  all.sum.handling = one.handling;
  all.sum.handling_for = one.handling_for;
}

std::vector<entry> entries_of(const std::vector<actor_view>& actors) {
  std::unordered_map<std::uint64_t, std::size_t> children;
  for (const actor_view& one : actors) ++children[one.parent];
  using siblings = std::pair<std::uint64_t, std::string_view>;
  std::map<siblings, std::size_t> alike;
  const auto is_leaf = [&](const actor_view& one) { return !children.contains(one.id); };
  for (const actor_view& one : actors) {
    if (is_leaf(one)) ++alike[{one.parent, one.name}];
  }
  std::vector<entry> made;
  std::map<siblings, std::size_t> places;
  for (const actor_view& one : actors) {
    const siblings those{one.parent, one.name};
    if (!is_leaf(one) || alike[those] <= actors_apart) {
      made.push_back({one});
      continue;
    }
    const auto [place, is_first] = places.emplace(those, made.size());
    if (!is_first) {
      add_up(made[place->second], one);
      continue;
    }
    made.push_back({one});
    made.back().sum.id = 0;
    made.back().sum.state = runtime::actor_state::running;
  }
  return made;
}

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void append_entry(std::string& out, const entry& one) {
  const runtime::actor_counters& counters = one.sum.counters;
  const auto integer = [&out](std::string_view name, auto value) {
    out.append(name);
    append_integer(out, value);
  };
  const auto number = [&out](std::string_view name, double value) {
    out.append(name);
    append_number(out, value);
  };
  integer(R"({"id":)", one.sum.id);
  integer(R"(,"parent":)", one.sum.parent);
  out += R"(,"name":)";
  append_quoted(out, one.sum.name);
  integer(R"(,"actors":)", one.actors);
  out += R"(,"state":)";
  append_quoted(out, runtime::to_string(one.sum.state));
  integer(R"(,"mailbox":)", one.sum.bound);
  integer(R"(,"waiting":)", counters.waiting);
  number(R"(,"oldest_ms":)", milliseconds(counters.oldest));
  integer(R"(,"messages":)", counters.messages);
  number(R"(,"busy_ms":)", milliseconds(counters.busy));
  integer(R"(,"slow":)", counters.slow);
  integer(R"(,"restarts":)", counters.restarts);
  if (!one.sum.handling.empty()) {
    out += R"(,"handling":)";
    append_quoted(out, one.sum.handling);
    number(R"(,"handling_ms":)", milliseconds(one.sum.handling_for));
  }
  out += '}';
}

}  // namespace

std::string actors_page(const std::vector<actor_view>& actors, runtime::time_point now,
                        std::string_view version) {
  std::string out = R"({"hawser":)";
  append_quoted(out, version);
  out += R"(,"seconds":)";
  append_number(out, std::chrono::duration<double>(now.time_since_epoch()).count());
  out += R"(,"actors":[)";
  bool first = true;
  for (const entry& one : entries_of(actors)) {
    if (!std::exchange(first, false)) out += ",\n";
    append_entry(out, one);
  }
  out += "]}\n";
  return out;
}

bool was_forwarded(const http_request& request) noexcept {
  constexpr std::array marks{"forwarded", "x-forwarded-for", "x-real-ip", "via"};
  return std::ranges::any_of(marks, [&](const char* mark) { return request.find(mark) != nullptr; });
}

}  // namespace hawser::net
