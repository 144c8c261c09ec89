#include "net/load_report.hpp"

#include "net/json_text.hpp"

#include <array>
#include <numeric>
#include <string_view>
#include <utility>

namespace hawser::net {

std::string load_field(load_format as, const actors::load_facts& now) {
  if (as == load_format::none) return {};
  const bool json = as == load_format::json;
  const auto waiting = std::accumulate(now.queued.begin(), now.queued.end(), 0.0);
  const std::array<std::pair<std::string_view, double>, 3> named{{{"kv_cache_usage_perc", now.kv_used},
                                                                  {"num_requests_running", now.running},
                                                                  {"num_requests_waiting", waiting}}};
  std::string out = "endpoint-load-metrics: ";
  out += json ? R"(JSON {"application_utilization":)" : "TEXT application_utilization=";
  append_number(out, now.load);
  if (json) out += R"(,"named_metrics":{)";
  for (const auto& [name, value] : named) {
    if (json) {
      if (&name != &named.front().first) out += ',';
      append_quoted(out, name);
      out += ':';
    } else {
      ((out += ", named_metrics.") += name) += '=';
    }
    append_number(out, value);
  }
  if (json) out += "}}";
  return out + "\r\n";
}

}  // namespace hawser::net
