/// The methods of text; those of dictionaries and lists stand with their dispatch in methods.cpp.
#pragma once

#include "model/template/value.hpp"

#include <string_view>

namespace hawser::model::jinja {

[[nodiscard]] bool has_text_method(std::string_view name);
/// Only for a name that has_text_method() knows.
[[nodiscard]] value call_text_method(meter& m, const text& t, std::string_view name, const arguments& given);

/// Filled up to `width` code points; align is <, > or ^.
[[nodiscard]] value pad_text(meter& m, std::string_view s, std::int64_t width, std::string_view fill,
                             char align);

}  // namespace hawser::model::jinja
