#include "cli/service_status.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hawser::cli {

namespace {

// "NAME value" or "NAME{labels} value", at the beginning of a line.
double sample(std::string_view page, std::string_view name) {
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    const std::string_view line = page.substr(0, end);
    page.remove_prefix(std::min(end + 1, page.size()));
    if (!line.starts_with(name)) continue;
    const char next = line.size() > name.size() ? line[name.size()] : '\0';
    if (next != ' ' && next != '{') continue;
    const std::string_view number = line.substr(line.rfind(' ') + 1);
    double value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return value;
  }
  return 0;
}

std::string whole(double figure) {
  return std::to_string(std::llround(figure));
}

}  // namespace

service_figures read_figures(std::string_view page) {
  return {.running = sample(page, "vllm:num_requests_running"),
          .waiting = sample(page, "vllm:num_requests_waiting"),
          .kv = sample(page, "vllm:kv_cache_usage_perc"),
          .generated = sample(page, "vllm:generation_tokens_total")};
}

std::string print_status(const std::string& model, const service_figures& now,
                         const std::optional<service_figures>& before, std::chrono::duration<double> since) {
  constexpr double percent = 100;
  std::string line = "serving " + model + ": " + whole(now.running) + " running, " + whole(now.waiting) +
                     " queued, kv " + whole(now.kv * percent) + " %";
  if (before && since.count() > 0)
    line += ", " + whole(std::max(0.0, now.generated - before->generated) / since.count()) + " tokens/s";
  return line;
}

}  // namespace hawser::cli
