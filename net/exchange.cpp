#include "net/exchange.hpp"

#include "net/timings.hpp"

#include <algorithm>
#include <utility>

namespace hawser::net {
namespace {

api_error made(int status, std::string message, std::string type, std::string code) {
  api_error e;
  e.status = status;
  e.message = std::move(message);
  e.type = std::move(type);
  e.code = std::move(code);
  return e;
}

}  // namespace

namespace {

api_error meaning_of(const actors::refused& event) {
  api_error e;
  switch (event.why) {
  case actors::refusal::invalid:
    return bad_field(event.field, event.message);
  case actors::refusal::prompt_too_long:
    e = bad_field(event.field, event.message);
    e.code = "context_length_exceeded";
    return e;
  case actors::refusal::over_quota:
    e = made(429, event.message, "rate_limit_error", "rate_limit_exceeded");
    e.retry_after = event.retry_after;
    e.should_retry = true;
    return e;
  case actors::refusal::late:
    e = made(503, event.message, "timeout_error", "deadline_exceeded");
    e.retry_after = event.retry_after;
    e.should_retry = true;
    return e;
  case actors::refusal::overloaded:
    return unavailable(event.message, "overloaded", event.retry_after);
  case actors::refusal::not_ready:
    return unavailable(event.message, "not_ready", event.retry_after);
  case actors::refusal::stopping:
    return unavailable(event.message, "stopping", event.retry_after);
  }
  return internal_error("the request was refused for an unknown reason");
}

/// What an answer writes for one event: the same memory for all of a thread, which stays in its cache.
std::string& scratch() {
  constexpr std::size_t most = 64 * 1024;
  thread_local std::string bytes;
  bytes.clear();
  if (bytes.capacity() > most) bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

api_error error_of(const actors::refused& event) {
  api_error e = meaning_of(event);
  e.limit = event.limit;
  return e;
}

api_error error_of(const actors::ended& event) {
  switch (event.why) {
  case actors::finish::cancelled:
    return unavailable("the answer was cancelled by the server", "cancelled", std::chrono::seconds(1));
  case actors::finish::deadline:
    return made(504, "the request's time was over before its answer began", "timeout_error",
                "deadline_exceeded");
  default:
    return internal_error(event.message.empty() ? "the answer could not be generated" : event.message);
  }
}

exchange::exchange(reply_frame frame, std::unique_ptr<answer> reply, bool stream,
                   std::vector<actors::request_id> ids)
    : frame_(std::move(frame)), reply_(std::move(reply)), stream_(stream) {
  parts_.reserve(ids.size());
  for (const actors::request_id id : ids) parts_.push_back({id, true});
}

exchange::part* exchange::find(actors::request_id id) {
  if (finished_) return nullptr;
  const auto found = std::ranges::find(parts_, id, &part::id);
  return found == parts_.end() || !found->running ? nullptr : &*found;
}

bool exchange::runs(actors::request_id id) const noexcept {
  return std::ranges::any_of(parts_, [id](const part& p) { return p.id == id && p.running; });
}

std::vector<actors::request_id> exchange::running() const {
  std::vector<actors::request_id> ids;
  for (const part& p : parts_) {
    if (p.running) ids.push_back(p.id);
  }
  return ids;
}

// Said once all of its parts are known: the head of a stream of many goes before.
void exchange::note_source(part& of, actors::answer_source from) {
  using source = actors::answer_source;
  of.admitted = true;
  if (from == source::computed || source_ == source::computed) {
    source_ = source::computed;
  } else if (from == source::shared) {
    source_ = source::shared;
  }
  if (source_ == source::computed || !std::ranges::all_of(parts_, &part::admitted)) return;
  frame_.cache_status = source_ == source::stored ? "hawser; hit" : "hawser; fwd=miss; collapsed";
}

void exchange::begin_stream(std::string& out) {
  if (begun_) return;
  begun_ = true;
  status_ = 200;
  if (frame_.trailers) frame_.fields += "Trailer: server-timing\r\n";
  append_stream_head(out, frame_);
}

void exchange::flush(std::string_view frames, std::string& out) {
  if (frames.empty()) return;
  begin_stream(out);
  append_chunk(out, frame_, frames);
}

void exchange::on(const actors::refused& event, std::string& out) {
  part* const from = find(event.id);
  if (from == nullptr) return;
  from->running = false;
  fail(error_of(event), out);
}

void exchange::on(const actors::admitted& event, std::string& out) {
  part* const from = find(event.id);
  if (from == nullptr) return;
  note_source(*from, event.from);
  if (stream_) begin_stream(out);
  std::string& frames = scratch();
  reply_->on(index_of(*from), event, frames);
  flush(frames, out);
}

void exchange::on(actors::generated&& event, std::string& out) {
  const part* const from = find(event.id);
  if (from == nullptr) return;
  generated_ = true;
  std::string& frames = scratch();
  reply_->on(index_of(*from), std::move(event), frames);
  flush(frames, out);
}

void exchange::on(const actors::choice_ended& event, std::string& out) {
  part* const from = find(event.id);
  // A choice that fails, fails the request: its end says how.
  if (from == nullptr || event.end.why == actors::finish::error || event.end.why == actors::finish::cancelled)
    return;
  if (event.end.why == actors::finish::deadline && !generated_) return;
  from->answered = true;
  std::string& frames = scratch();
  reply_->on(index_of(*from), event, frames);
  flush(frames, out);
}

void exchange::on(const actors::ended& event, std::string& out) {
  part* const from = find(event.id);
  if (from == nullptr) return;
  from->running = false;
  // A prompt whose time was over before it had its place has said nothing that could stand beside the others.
  const bool stands = event.why == actors::finish::stop || event.why == actors::finish::length ||
                      (event.why == actors::finish::deadline && generated_ && from->answered);
  if (!stands) return fail(error_of(event), out);
  std::string& frames = scratch();
  reply_->on(index_of(*from), event, frames);
  add(times_, event.times);
  if (std::ranges::none_of(parts_, &part::running)) return finish(frames, out);
  flush(frames, out);
}

void exchange::finish(std::string& frames, std::string& out) {
  finished_ = true;
  reply_->finish(frames);
  if (stream_) {
    flush(frames, out);
    append_last_chunk(out, frame_, timing_field(times_));
    return;
  }
  status_ = 200;
  response whole;
  whole.body = std::move(frames);
  whole.fields = timing_field(times_);
  append_response(out, frame_, whole);
}

void exchange::ping(std::string& out) {
  if (finished_ || !stream_) return;
  begin_stream(out);
  append_chunk(out, frame_, stream_comment);
}

void exchange::fail(const api_error& e, std::string& out) {
  if (finished_) return;
  finished_ = true;
  if (begun_) {
    std::string& frames = scratch();
    reply_->fail(e, frames);
    flush(frames, out);
    append_last_chunk(out, frame_);
    return;
  }
  frame_.cache_status.clear();
  const response whole = error_response(e, frame_);
  status_ = whole.status;
  append_response(out, frame_, whole);
}

}  // namespace hawser::net
