/// How busy the server is, said in a response's header: ORCA (Open Request Cost Aggregation), which Envoy and
/// the Gateway API's inference extension read. Pure.
#pragma once

#include "actors/service_mail.hpp"

#include <cstdint>
#include <string>

namespace hawser::net {

enum class load_format : std::uint8_t { none, text, json };

/// The endpoint-load-metrics line, ended by CRLF; empty for `none`. Named metrics have vLLM's names.
[[nodiscard]] std::string load_field(load_format as, const actors::load_facts& now);

}  // namespace hawser::net
