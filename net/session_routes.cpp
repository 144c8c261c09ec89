#include "net/actors_page.hpp"
#include "net/response_codec.hpp"
#include "net/session.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace hawser::net {
namespace {

api_error route_failed(boost::system::error_code ec) {
  const bool late = ec == runtime::errc::late;
  api_error e =
      unavailable(late ? "what answers here took too long" : "what answers here has failed: " + ec.message(),
                  late ? "extension_late" : "extension_failed", {});
  e.status = late ? 504 : 502;
  return e;
}

api_error not_for_you() {
  api_error e = bad_field({}, "the actors are shown to programs on the server's own machine only");
  e.status = 403;
  e.type = "permission_error";
  e.code = "local_only";
  return e;
}

}  // namespace

void session::list_actors(const http_request& request, reply_frame frame) {
  const bool page_of_another = !judge_origin(setup_->options.origins, request).allowed;
  if (!visitor_.local || was_forwarded(request) || page_of_another) return respond(frame, not_for_you());
  state_ = state::asking;
  // Elsewhere: looking at 10,000 actors takes a while.
  boost::asio::post(setup_->heavy, [this, frame = std::move(frame), setup = setup_, now = time().now(),
                                    back = executor()]() mutable {
    response made;
    try {
      made.body = actors_page(runtime::registry::snapshot(), now, setup->options.version);
    } catch (const std::bad_alloc&) {
      made = error_response(
          unavailable("there is no memory for this page now", "overloaded", std::chrono::seconds(1)), frame);
    }
    boost::asio::post(back, [this, frame = std::move(frame), made = std::move(made)] {
      if (state_ != state::asking) return;
      respond(frame, made);
      process();
      settle();
    });
  });
}

const added_route* session::added_route_of(const http_request& request) const {
  const std::string_view target = request.target;
  const auto& routes = setup_->options.routes;
  const auto found = std::ranges::find(routes, target.substr(0, target.find('?')), &added_route::path);
  return found == routes.end() ? nullptr : &*found;
}

// The answers of this key.
void session::purge_results(reply_frame frame) {
  state_ = state::asking;
  ask(setup_->core.results, actors::purge_results{{}, tenant()}, limits().scrape_time,
      [this, frame = std::move(frame)](boost::system::error_code ec, std::uint64_t gone) {
        if (state_ != state::asking) return;
        response made;
        made.body = R"({"purged":)" + std::to_string(gone) + "}";
        // Where nothing is remembered, nothing was to be forgotten.
        const bool none = ec == runtime::errc::closed;
        if (ec && !none) {
          made = error_response(
              unavailable("the cache does not answer: " + ec.message(), {}, std::chrono::seconds(1)), frame);
        }
        respond(frame, made);
        process();
        settle();
      });
}

void session::answer_kept_response(const http_request& request, const route& where,
                                   const reply_frame& frame) {
  const response_memory from = context_now().responses;
  if (request.method == "DELETE") {
    if (!from.shared->forget(from.tenant, where.argument))
      return respond(frame, no_such_response(where.argument));
    response made;
    made.body = deleted_response(where.argument);
    return respond(frame, made);
  }
  if (request.target.find("stream=true") != std::string::npos)
    return respond(frame, bad_field("stream", "stream: what is stored comes as it is; leave it out"));
  const kept_turn found = from.shared->find(from.tenant, where.argument);
  if (!found) return respond(frame, no_such_response(where.argument));
  response made;
  made.body = found->body;
  respond(frame, made);
}

void session::ask_route(const added_route& where, http_request request, const reply_frame& frame) {
  if (!judge_origin(setup_->options.origins, request).allowed) {
    api_error e = bad_field({}, "pages of this origin may not use this server");
    e.status = 403;
    return respond(frame, e);
  }
  route_call call;
  call.method = std::move(request.method);
  const std::size_t mark = request.target.find('?');
  if (mark != std::string::npos) call.query = request.target.substr(mark + 1);
  call.path = where.path;
  call.body = std::move(request.body);
  call.request_id = frame.request_id;
  state_ = state::asking;
  ask_part(where, std::move(call), frame);
}

void session::ask_part(const added_route& where, route_call call, reply_frame frame) {
  const std::uint32_t part = call.part;
  ask(where.to, std::move(call), where.within,
      [this, &where, part, frame = std::move(frame)](boost::system::error_code ec, route_reply reply) {
        if (state_ != state::asking) return;
        take_part(where, part, frame, ec, std::move(reply));
        process();
        settle();
      });
}

void session::take_part(const added_route& where, std::uint32_t part, reply_frame frame,
                        boost::system::error_code ec, route_reply reply) {
  if (part == 0 && ec) return respond(frame, route_failed(ec));
  if (part == 0 && !reply.more) return respond(frame, reply.what);
  std::string bytes;
  if (part == 0) {
    frame.keep_alive = frame.keep_alive && frame.version >= 11;
    append_stream_head(bytes, frame);
    count_response(200);
  }
  std::string event;
  if (ec)
    event = "data: " + error_body(route_failed(ec)) + "\n\n";
  else if (!reply.what.body.empty())
    append_event(event, reply.what.body);
  if (!event.empty()) append_chunk(bytes, frame, event);
  const bool over = ec || !reply.more;
  if (over) append_last_chunk(bytes, frame);
  send(bytes);
  if (state_ != state::asking) return;
  if (over) return after_answer(frame.keep_alive);
  next_part_ = [this, &where, part, frame = std::move(frame)] {
    route_call call;
    call.path = where.path;
    call.request_id = frame.request_id;
    call.part = part + 1;
    ask_part(where, std::move(call), frame);
  };
  pull_part();
}

// A reader that is behind is waited for: nothing piles up.
void session::pull_part() {
  if (!next_part_ || state_ != state::asking || out_.size() > limits().unread_output) return;
  std::exchange(next_part_, nullptr)();
}

}  // namespace hawser::net
