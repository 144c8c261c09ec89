#include "net/predict_conversation.hpp"

#include "net/exchange.hpp"
#include "net/json_text.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hawser::net {
namespace {

void say_error(conversation::line& on, const std::string& name, const api_error& e) {
  std::string out = socket_head(name);
  if (out.size() > 1) out += ',';
  on.say({out + error_body(e).substr(1)});
}

}  // namespace

std::vector<actors::request_id> predict_conversation::running() const {
  std::vector<actors::request_id> ids;
  for (const request& r : running_) ids.push_back(r.id);
  return ids;
}

void predict_conversation::hear(line& on, web_message what) {
  if (!what.text) return on.close(web_close::policy, "messages are JSON, as text");
  if (what.data.size() <= limits_.inline_body)
    return take(on, read_socket_request(what.data, limits_, on.context()));
  reading_ = true;
  on.elsewhere([body = std::move(what.data), context = on.context(),
                &limits = limits_] { return read_socket_request(body, limits, context); },
               [this, &on](socket_request made) {
                 reading_ = false;
                 take(on, std::move(made));
               });
}

void predict_conversation::take(line& on, socket_request what) {
  if (what.cancels) return cancel(on, what.name);
  if (!what.job) return say_error(on, what.name, what.job.error());
  if (std::ranges::find(running_, what.name, &request::name) != running_.end())
    return say_error(on, what.name,
                     bad_field("id", "id: another request of that id runs on this connection"));
  if (running_.size() >= limits_.web.waiting) {
    api_error e = bad_field({}, "at most " + std::to_string(limits_.web.waiting) +
                                    " requests may run at once on one connection");
    e.status = 429;
    e.type = "rate_limit_error";
    e.code = "too_many_requests";
    return say_error(on, what.name, e);
  }
  request next{0, std::move(what.name), std::move(what.job->reply)};
  const auto begun = on.start(std::move(what.job->specs.front()));
  if (!begun) return say_error(on, next.name, begun.error());
  next.id = *begun;
  running_.push_back(std::move(next));
}

void predict_conversation::cancel(line& on, std::string_view name) {
  const auto found = std::ranges::find(running_, name, &request::name);
  if (found == running_.end()) return;  // it has ended meanwhile, and said so
  found->cancelled = true;
  on.cancel(found->id);
}

void predict_conversation::on_event(line& on, generation_event what) {
  const actors::request_id id = std::visit([](const auto& event) { return event.id; }, what);
  const auto found = std::ranges::find(running_, id, &request::id);
  if (found == running_.end()) return;
  const auto place = static_cast<std::size_t>(found - running_.begin());
  if (const auto* const no = std::get_if<actors::refused>(&what)) {
    say_error(on, found->name, error_of(*no));
    running_.erase(found);
    return;
  }
  if (const auto* const end = std::get_if<actors::ended>(&what)) return on_end(on, place, *end);
  std::string out;
  std::visit(
      [&found, &out](auto& event) {
        using Event = std::decay_t<decltype(event)>;
        if constexpr (std::is_same_v<Event, actors::generated>) {
          found->said_something = true;
          found->reply->on(0, std::move(event), out);
        } else if constexpr (!std::is_same_v<Event, actors::refused> &&
                             !std::is_same_v<Event, actors::ended>) {
          found->reply->on(0, event, out);
        }
      },
      what);
  if (!out.empty()) on.say({std::move(out)});
}

void predict_conversation::on_end(line& on, std::size_t place, const actors::ended& event) {
  request over = std::move(running_[place]);
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(place));
  const bool stands = event.why == actors::finish::stop || event.why == actors::finish::length ||
                      (event.why == actors::finish::deadline && over.said_something) ||
                      (event.why == actors::finish::cancelled && over.cancelled);
  if (!stands) return say_error(on, over.name, error_of(event));
  std::string out;
  over.reply->on(0, event, out);
  over.reply->finish(out);
  on.say({std::move(out)});
}

}  // namespace hawser::net
