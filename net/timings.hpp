/// Where a request's time went, as clients see it. Pure.
#pragma once

#include "actors/generation_mail.hpp"

#include <string>

namespace hawser::net {

/// server-timing: queue;dur=0.1, prefill;dur=12.5, decode;dur=20 (milliseconds), ended by CRLF.
[[nodiscard]] std::string timing_field(const actors::generation_times& times);
/// "timings":{"queue_ms":0.1,"prefill_ms":12.5,"decode_ms":20}
void append_timings(std::string& out, const actors::generation_times& times);

/// The sums.
void add(actors::generation_times& to, const actors::generation_times& more) noexcept;

}  // namespace hawser::net
