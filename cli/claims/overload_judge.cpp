#include "cli/claims/overload_judge.hpp"

#include "cli/load/tally.hpp"

#include <algorithm>
#include <cmath>

namespace hawser::cli {

namespace {

bool is_good(const load::outcome& one, const std::vector<load::request_class>& classes) {
  return one.how == load::ending::complete && load::met(classes[one.of_class].goal, load::times_of(one));
}

}  // namespace

double good_rate(const std::vector<load::outcome>& all, const std::vector<load::request_class>& classes,
                 std::chrono::nanoseconds from, std::chrono::nanoseconds to) {
  if (to <= from) return 0;
  const auto count = std::count_if(all.begin(), all.end(), [&](const load::outcome& one) {
    return one.ended >= from && one.ended < to && is_good(one, classes);
  });
  return static_cast<double>(count) / std::chrono::duration<double>(to - from).count();
}

success success_of(const std::vector<load::outcome>& all, const std::vector<load::request_class>& classes,
                   std::uint32_t of_class, std::chrono::nanoseconds from, std::chrono::nanoseconds to) {
  std::uint64_t complete = 0, good = 0, requests = 0;
  for (const load::outcome& one : all) {
    if (one.of_class != of_class || one.intended < from || one.intended >= to) continue;
    ++requests;
    complete += one.how == load::ending::complete ? 1 : 0;
    good += is_good(one, classes) ? 1 : 0;
  }
  if (requests == 0) return {};
  const auto share = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(requests); };
  return {requests, share(complete), share(good)};
}

std::chrono::nanoseconds first_text_of_all(const std::vector<load::outcome>& all, std::uint32_t of_class,
                                           double percent, std::chrono::nanoseconds never) {
  std::vector<std::chrono::nanoseconds> times;
  for (const load::outcome& one : all) {
    if (one.of_class == of_class)
      times.push_back(one.first_text.count() > 0 ? one.first_text - one.intended : never);
  }
  if (times.empty()) return never;
  const auto wanted = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(times.size())));
  const std::size_t rank = std::clamp<std::size_t>(wanted, 1, times.size()) - 1;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(rank), times.end());
  return times[rank];
}

std::optional<std::chrono::nanoseconds> back_to_normal(const std::vector<load::outcome>& all,
                                                       const std::vector<load::request_class>& classes,
                                                       std::uint32_t of_class, std::chrono::nanoseconds end) {
  std::optional<std::chrono::nanoseconds> last;
  for (const load::outcome& one : all) {
    if (one.of_class != of_class || one.intended <= end) continue;
    const std::chrono::nanoseconds since =
        is_good(one, classes) ? std::chrono::nanoseconds{} : one.intended - end;
    last = std::max(last.value_or(since), since);
  }
  return last;
}

}  // namespace hawser::cli
