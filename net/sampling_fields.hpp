/// The fields that every text dialect has, with their limits.
#pragma once

#include "actors/generation_mail.hpp"
#include "net/answer.hpp"
#include "net/field_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

/// What the fields say of the answer's shape, beside the specification.
struct stream_fields {
  bool stream = false;
  bool include_usage = false;
};

/// temperature, top_p, top_k, min_p, penalties, seed, logit_bias, stop, n, ignore_eos, priority, timeout.
/// `otherwise`: of what is not given.
void read_sampling(field_reader& fields, const sampling_defaults& otherwise, const codec_context& context,
                   actors::generation_spec& to);
/// The last two of them alone, and what the header wished.
void read_urgency(field_reader& fields, const codec_context& context, actors::generation_spec& to);
/// The stop strings under `name`.
void read_stop(field_reader& fields, std::string_view name, const text_limits& limits,
               std::vector<std::string>& to);
/// stream, stream_options.
void read_stream(field_reader& fields, stream_fields& to);
/// max_tokens under `name`; at least 1.
void read_max_tokens(field_reader& fields, std::string_view name, std::uint32_t& to);
/// The model's name: 404 when it is not the one that is served.
void read_model(field_reader& fields, const codec_context& context);
/// user, safety_identifier, prompt_cache_key: labels that change nothing about the answer.
void read_labels(field_reader& fields);

}  // namespace hawser::net
