#include "net/timings.hpp"

#include "net/json_text.hpp"

#include <chrono>
#include <string_view>

namespace hawser::net {
namespace {

void append_part(std::string& out, std::string_view name, std::chrono::nanoseconds time) {
  out += name;
  append_number(
      out, static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) / 1000.0);
}

}  // namespace

std::string timing_field(const actors::generation_times& times) {
  std::string out = "server-timing: ";
  append_part(out, "queue;dur=", times.queued);
  append_part(out, ", prefill;dur=", times.prefill);
  append_part(out, ", decode;dur=", times.decode);
  return out + "\r\n";
}

void append_timings(std::string& out, const actors::generation_times& times) {
  append_part(out, R"("timings":{"queue_ms":)", times.queued);
  append_part(out, R"(,"prefill_ms":)", times.prefill);
  append_part(out, R"(,"decode_ms":)", times.decode);
  out += '}';
}

void add(actors::generation_times& to, const actors::generation_times& more) noexcept {
  to.queued += more.queued;
  to.prefill += more.prefill;
  to.decode += more.decode;
}

}  // namespace hawser::net
