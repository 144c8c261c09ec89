/// The parts of the description of the interface, as they stand in net/openapi/*.json.
#pragma once

#include <string_view>

namespace hawser::net::openapi_texts {

extern const std::string_view paths;          ///< the document, without its schemas
extern const std::string_view fields;         ///< groups of properties that several bodies have
extern const std::string_view requests;       ///< schemas of bodies
extern const std::string_view conversations;  ///< likewise, of the Responses API and Anthropic's
extern const std::string_view answers;        ///< schemas of answers

}  // namespace hawser::net::openapi_texts
