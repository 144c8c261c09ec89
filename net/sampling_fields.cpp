#include "net/sampling_fields.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

namespace json = boost::json;

constexpr std::int64_t largest_token = std::numeric_limits<model::token_id>::max();

std::string_view view(const json::string& s) noexcept {
  return {s.data(), s.size()};
}

void add_stop(field_reader& fields, std::string_view at, const json::value& v, const text_limits& limits,
              std::vector<std::string>& to) {
  const json::string* const text = v.if_string();
  if (text == nullptr || text->empty() || text->size() > limits.stop_bytes) {
    fields.expected(at, "a string of 1 to " + std::to_string(limits.stop_bytes) + " bytes", v);
    return;
  }
  to.emplace_back(view(*text));
}

void read_logit_bias(field_reader& fields, const text_limits& limits,
                     std::vector<std::pair<model::token_id, float>>& to) {
  const json::object* const map = fields.object("logit_bias");
  if (map == nullptr) return;
  if (map->size() > limits.logit_biases) {
    return fields.fail("logit_bias", "expected at most " + std::to_string(limits.logit_biases) +
                                         " tokens, found " + std::to_string(map->size()));
  }
  for (const auto& [key, value] : *map) {
    model::token_id token = 0;
    const char* const end = key.data() + key.size();
    const auto read = std::from_chars(key.data(), end, token);
    if (read.ec != std::errc{} || read.ptr != end || token < 0) {
      return fields.fail("logit_bias", "expected token numbers as keys, found " + describe(json::value(key)));
    }
    const bool number = value.is_int64() || value.is_double();
    const double bias = value.is_int64() ? static_cast<double>(value.get_int64())
                        : number         ? value.get_double()
                                         : 0;
    if (!number || !(bias >= -100 && bias <= 100)) {
      return fields.expected("logit_bias." + std::to_string(token), "a number from -100 to 100", value);
    }
    to.emplace_back(token, static_cast<float>(bias));
  }
}

// How long the answer may take at all; the header may say less.
void read_timeout(field_reader& fields, const codec_context& context, runtime::time_point& to) {
  constexpr float longest = 86'400;  // a day
  float seconds = 0;
  runtime::duration most = context.wishes.timeout;
  if (fields.number("timeout", 0.001, longest, seconds))
    most =
        std::min(most, std::chrono::duration_cast<runtime::duration>(std::chrono::duration<float>(seconds)));
  if (most != runtime::duration::max()) to = context.arrived + most;
}

void read_priority(field_reader& fields, actors::priority& to) {
  const json::value* const v = fields.find("priority");
  if (v == nullptr) return;
  if (const auto number = whole_number(*v);
      number && *number >= std::numeric_limits<std::int32_t>::min() &&
      *number <= std::numeric_limits<std::int32_t>::max()) {  // as in vLLM: smaller is sooner
    to = *number < 0   ? actors::priority::interactive
         : *number > 0 ? actors::priority::batch
                       : actors::priority::standard;
    return;
  }
  const std::string_view name = v->is_string() ? view(v->get_string()) : std::string_view();
  if (name == "interactive") {
    to = actors::priority::interactive;
  } else if (name == "standard") {
    to = actors::priority::standard;
  } else if (name == "batch") {
    to = actors::priority::batch;
  } else {
    fields.expected("priority", "an integer, \"interactive\", \"standard\" or \"batch\"", *v);
  }
}

// True: the request names it.
bool read_seed(field_reader& fields, std::uint64_t otherwise, std::uint64_t& to) {
  to = otherwise;
  const json::value* const v = fields.find("seed");
  if (v == nullptr) return false;
  if (const auto* const u = v->if_uint64()) {
    to = *u;
    return true;
  }
  std::int64_t seed = 0;
  if (!fields.integer("seed", std::numeric_limits<std::int64_t>::min(),
                      std::numeric_limits<std::int64_t>::max(), seed))
    return false;
  to = static_cast<std::uint64_t>(seed);
  return true;
}

}  // namespace

void read_stop(field_reader& fields, std::string_view name, const text_limits& limits,
               std::vector<std::string>& to) {
  const json::value* const v = fields.find(name);
  if (v == nullptr) return;
  if (v->is_string()) return add_stop(fields, name, *v, limits, to);
  const json::array* const list = v->if_array();
  if (list == nullptr) return fields.expected(name, "a string or an array of strings", *v);
  if (list->size() > limits.stop_strings)
    return fields.expected(name, "at most " + std::to_string(limits.stop_strings) + " strings", *v);
  for (std::size_t i = 0; i < list->size(); ++i)
    add_stop(fields, std::string(name) + "[" + std::to_string(i) + "]", (*list)[i], limits, to);
}

void read_sampling(field_reader& fields, const sampling_defaults& otherwise, const codec_context& context,
                   actors::generation_spec& to) {
  model::sampling_params& sampling = to.sampling;
  sampling.temperature = otherwise.temperature;
  sampling.top_k = otherwise.top_k;
  sampling.top_p = otherwise.top_p;
  sampling.min_p = otherwise.min_p;
  fields.number("temperature", 0, 2, sampling.temperature);
  fields.number("top_p", 0, 1, sampling.top_p);
  fields.number("min_p", 0, 1, sampling.min_p);
  fields.number("presence_penalty", -2, 2, sampling.presence_penalty);
  fields.number("frequency_penalty", -2, 2, sampling.frequency_penalty);
  fields.number("repetition_penalty", 0.01, 10, sampling.repetition_penalty);
  std::int64_t top_k = 0;
  // vLLM's -1 and our 0 both mean all.
  if (fields.integer("top_k", -1, largest_token, top_k))
    sampling.top_k = static_cast<std::int32_t>(std::max<std::int64_t>(top_k, 0));
  to.seeded = read_seed(fields, context.seed, sampling.seed);
  read_logit_bias(fields, context.limits, sampling.logit_bias);
  std::int64_t choices = 1;
  if (fields.integer("n", 1, context.limits.choices, choices))
    to.choices = static_cast<std::uint32_t>(choices);
  read_stop(fields, "stop", context.limits, to.stop);
  fields.boolean("ignore_eos", to.ignore_end);
  read_urgency(fields, context, to);
}

void read_urgency(field_reader& fields, const codec_context& context, actors::generation_spec& to) {
  to.rank = context.wishes.rank;
  read_priority(fields, to.rank);
  read_timeout(fields, context, to.deadline);
  to.first_token_within = context.wishes.first_token;
  to.token_within = context.wishes.token;
  to.returns = context.wishes.returns;
  to.fresh = context.wishes.fresh;
  to.forget = context.wishes.forget;
}

void read_stream(field_reader& fields, stream_fields& to) {
  fields.boolean("stream", to.stream);
  const json::object* const options = fields.object("stream_options");
  if (options == nullptr) return;
  if (!to.stream) return fields.fail("stream_options", "only allowed with \"stream\": true");
  field_reader inner(*options, "stream_options");
  inner.boolean("include_usage", to.include_usage);
  inner.refuse("include_obfuscation", "this server pads no events");
  inner.refuse_unknown();
  if (!inner.good()) fields.fail(inner.error());
}

void read_max_tokens(field_reader& fields, std::string_view name, std::uint32_t& to) {
  std::int64_t most = 0;
  if (fields.integer(name, 1, std::numeric_limits<std::int32_t>::max(), most))
    to = static_cast<std::uint32_t>(most);
}

void read_model(field_reader& fields, const codec_context& context) {
  std::string name;
  if (!fields.string("model", name) || name == context.model) return;
  api_error e = bad_field("model", "model: " + describe(json::value(name)) +
                                       " is not served here; GET /v1/models lists what is");
  e.status = 404;
  e.code = "model_not_found";
  fields.fail(std::move(e));
}

void read_labels(field_reader& fields) {
  std::string ignored;
  for (const std::string_view name : {"user", "safety_identifier", "prompt_cache_key"})
    fields.string(name, ignored);
}

}  // namespace hawser::net
