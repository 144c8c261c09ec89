#include "cli/load/answer_watch.hpp"

#include "cli/load/frame_scan.hpp"

namespace hawser::load {

namespace {

/// Of a status that is no success.
ending ending_of(int status) noexcept {
  switch (status) {
  case 429:
    return ending::quota;
  case 503:
  case 529:
    return ending::overload;
  case 408:
  case 504:
    return ending::timed_out;
  default:
    return ending::http_error;
  }
}

}  // namespace

void answer_watch::begin(bool keep_text, histogram& gaps) {
  http_.reset();
  events_ = {};
  body_.clear();
  text_.clear();
  gaps_ = &gaps;
  pieces_ = 0;
  keep_text_ = keep_text;
  done_ = failed_ = false;
}

answer_watch::verdict answer_watch::feed(std::string_view bytes, std::chrono::nanoseconds now,
                                         outcome& into) {
  const auto said = http_.feed(bytes, body_);
  if (http_.has_head()) {
    into.status = http_.head().status;
    into.accepted = into.status / 100 == 2;
  }
  if (into.accepted && http_.head().event_stream) {
    const bool fits = events_.feed(body_, [&](std::string_view data) { take_event(data, now, into); });
    body_.clear();
    if (!fits) failed_ = true;
  }
  if (said == response_reader::verdict::broken) {
    into.how = ending::truncated;
    into.ended = now;
    return verdict::over;
  }
  if (said == response_reader::verdict::whole) return conclude(now, into);
  return verdict::more;
}

void answer_watch::at_end(std::chrono::nanoseconds now, outcome& into) {
  if (http_.at_end() == response_reader::verdict::whole) {
    (void)conclude(now, into);
    return;
  }
  into.how = ending::truncated;
  into.ended = now;
}

void answer_watch::take_event(std::string_view data, std::chrono::nanoseconds now, outcome& into) {
  const frame is = scan_frame(data);
  switch (is.is) {
  case frame::sort::text:
    if (pieces_ == 0)
      into.first_text = now;
    else
      gaps_->record(now - into.last_text);
    into.last_text = now;
    ++pieces_;
    into.tokens = pieces_;
    if (keep_text_) text_ += is.text;
    break;
  case frame::sort::error:
    failed_ = true;
    break;
  case frame::sort::done:
    done_ = true;
    break;
  case frame::sort::other:
    count(data, into);
    break;
  }
}

void answer_watch::count(std::string_view json, outcome& into) const {
  if (const auto n = find_count(json, R"("completion_tokens")")) into.tokens = static_cast<std::uint32_t>(*n);
  if (const auto n = find_count(json, R"("prompt_tokens")"))
    into.prompt_tokens = static_cast<std::uint32_t>(*n);
  if (const auto n = find_count(json, R"("cached_tokens")"))
    into.cached_tokens = static_cast<std::uint32_t>(*n);
}

answer_watch::verdict answer_watch::conclude(std::chrono::nanoseconds now, outcome& into) {
  into.ended = now;
  if (!into.accepted) {
    into.how = ending_of(into.status);
  } else if (http_.head().event_stream) {
    into.how = failed_ ? ending::stream_error : done_ ? ending::complete : ending::truncated;
  } else {
    into.how = ending::complete;
    into.streamed = false;
    count(body_, into);
    if (keep_text_) {
      const auto text = find_text(body_, R"("content")");
      text_ = text ? *text : find_text(body_, R"("text")").value_or(std::string_view());
    }
  }
  return verdict::over;
}

}  // namespace hawser::load
