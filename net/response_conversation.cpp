#include "net/response_conversation.hpp"

#include "net/exchange.hpp"
#include "net/response_answer.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hawser::net {
namespace {

/// What one connection remembers of its own.
constexpr shelf_limits own_limits{.count = 64, .bytes = 4 * 1024 * 1024};

void say_lines(conversation::line& on, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    on.say({std::string(lines.substr(0, end))});
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

api_error too_many(std::size_t most) {
  api_error e = bad_field({}, "at most " + std::to_string(most) +
                                  " responses may be asked for at once on one connection");
  e.status = 429;
  e.type = "rate_limit_error";
  e.code = "too_many_requests";
  return e;
}

/// A choice that fails, fails the response: its end says how.
bool counts(const actors::choice_ended& event, bool said_something) {
  using enum actors::finish;
  return event.end.why == stop || event.end.why == length || (event.end.why == deadline && said_something);
}

}  // namespace

response_conversation::response_conversation(const http_limits& limits,
                                             std::shared_ptr<actors::memory_board> board)
    : limits_(limits), own_(std::make_shared<response_shelf>(own_limits, std::move(board))) {}

std::vector<actors::request_id> response_conversation::running() const {
  std::vector<actors::request_id> ids;
  for (const auto& one : lanes_) {
    if (one->reply) ids.push_back(one->id);
  }
  return ids;
}

std::size_t response_conversation::asked_for() const noexcept {
  std::size_t all = 0;
  for (const auto& one : lanes_) all += 1 + one->waiting.size();
  return all;
}

response_conversation::lane* response_conversation::find(std::string_view name) {
  const auto found =
      std::ranges::find(lanes_, name, [](const auto& one) { return std::string_view(one->name); });
  return found == lanes_.end() ? nullptr : found->get();
}

void response_conversation::hear(line& on, web_message what) {
  if (!what.text) return on.close(web_close::policy, "messages are JSON, as text");
  read(on, std::make_shared<const std::string>(std::move(what.data)), std::nullopt);
}

void response_conversation::read(line& on, message what, std::optional<std::string> turn_of) {
  codec_context context = on.context();
  context.responses.own = own_;
  if (what->size() <= limits_.inline_body) {
    socket_request made = read_socket_response(*what, limits_, context);
    return take(on, std::move(what), turn_of, std::move(made));
  }
  ++reading_;
  on.elsewhere([what, context = std::move(context),
                &limits = limits_] { return read_socket_response(*what, limits, context); },
               [this, &on, what, turn_of = std::move(turn_of)](socket_request made) {
                 --reading_;
                 take(on, what, turn_of, std::move(made));
               });
}

// What it continues may not be there yet, so one that has to wait is read again when its turn has come.
void response_conversation::take(line& on, message what, const std::optional<std::string>& turn_of,
                                 socket_request made) {
  if (turn_of) {
    lane* const in = find(*turn_of);
    made.name = *turn_of;
    if (!start(on, *in, std::move(made))) go_to_next(on, *turn_of);
    return;
  }
  if (asked_for() >= limits_.web.waiting)
    return on.say({socket_error(too_many(limits_.web.waiting), made.name)});
  if (lane* const busy = find(made.name)) {
    busy->waiting.push_back(std::move(what));
    return;
  }
  auto next = std::make_unique<lane>();
  next->name = made.name;
  if (start(on, *next, std::move(made))) lanes_.push_back(std::move(next));
}

bool response_conversation::start(line& on, lane& in, socket_request made) {
  if (!made.job) {
    on.say({socket_error(made.job.error(), made.name)});
    return false;
  }
  const auto begun = on.start(std::move(made.job->specs.front()));
  if (!begun) {
    on.say({socket_error(begun.error(), made.name)});
    return false;
  }
  in.id = *begun;
  in.reply = std::move(made.job->reply);
  in.said_something = false;
  return true;
}

void response_conversation::go_to_next(line& on, const std::string& name) {
  lane* const in = find(name);
  in->reply.reset();
  if (in->waiting.empty()) {
    std::erase_if(lanes_, [in](const auto& one) { return one.get() == in; });
    return;
  }
  message next = std::move(in->waiting.front());
  in->waiting.pop_front();
  read(on, std::move(next), name);
}

void response_conversation::on_event(line& on, generation_event what) {
  const actors::request_id id = std::visit([](const auto& event) { return event.id; }, what);
  const auto found =
      std::ranges::find_if(lanes_, [id](const auto& one) { return one->reply && one->id == id; });
  if (found == lanes_.end()) return;
  lane& in = **found;
  if (const auto* const no = std::get_if<actors::refused>(&what)) {
    on.say({socket_error(error_of(*no), in.name)});
    return go_to_next(on, std::string(in.name));
  }
  if (const auto* const end = std::get_if<actors::ended>(&what)) return on_end(on, in, *end);
  std::string out;
  if (auto* const tokens = std::get_if<actors::generated>(&what)) {
    in.said_something = true;
    in.reply->on(0, std::move(*tokens), out);
  } else if (const auto* const begun = std::get_if<actors::admitted>(&what)) {
    in.reply->on(0, *begun, out);
  } else if (const auto* const choice = std::get_if<actors::choice_ended>(&what)) {
    if (counts(*choice, in.said_something)) in.reply->on(0, *choice, out);
  }
  say_lines(on, out);
}

void response_conversation::on_end(line& on, lane& in, const actors::ended& event) {
  const bool stands = event.why == actors::finish::stop || event.why == actors::finish::length ||
                      (event.why == actors::finish::deadline && in.said_something);
  std::string out;
  if (stands) {
    in.reply->on(0, event, out);
    in.reply->finish(out);
  } else {
    in.reply->fail(error_of(event), out);
  }
  say_lines(on, out);
  go_to_next(on, std::string(in.name));
}

}  // namespace hawser::net
