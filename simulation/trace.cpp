#include "simulation/trace.hpp"

#include <array>
#include <cstdio>

namespace hawser::simulation {

// FNV-1a, eight bytes at a time, with a shift that carries the high bits down.
void trace::mix(std::uint64_t value) noexcept {
  hash_ = (hash_ ^ value) * 0x100000001b3u;
  hash_ ^= hash_ >> 32u;
}

void trace::turn(std::uint32_t number, std::string_view name) {
  mix(number);
  mix(static_cast<std::uint64_t>(time_->now().time_since_epoch().count()));
  if (keep_ > 0) add_line(name, number, "has a turn");
}

void trace::say(std::string_view who, std::uint64_t number, std::string_view what) {
  mix(number);
  mix(static_cast<std::uint64_t>(time_->now().time_since_epoch().count()));
  for (const char c : who) mix(static_cast<unsigned char>(c));
  for (const char c : what) mix(static_cast<unsigned char>(c));
  if (keep_ > 0) add_line(who, number, what);
}

void trace::add_line(std::string_view who, std::uint64_t number, std::string_view what) {
  // A manual clock starts at one hour.
  const auto since = time_->now().time_since_epoch() - std::chrono::hours(1);
  std::array<char, 64> head{};
  const int length = std::snprintf(head.data(), head.size(), "%12.6f s  %.*s-%llu ",
                                   std::chrono::duration<double>(since).count(), static_cast<int>(who.size()),
                                   who.data(), static_cast<unsigned long long>(number));
  std::string line(head.data(), static_cast<std::size_t>(length));
  line += what;
  if (lines_.size() == keep_) {
    lines_.pop_front();
    ++dropped_;
  }
  lines_.push_back(std::move(line));
}

}  // namespace hawser::simulation
