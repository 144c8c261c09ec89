/// A quoted string of a template, between its quotes, as the text it stands for.
#pragma once

#include <string>
#include <string_view>

namespace hawser::model::jinja {

/// Python's escapes: \n \t \\ \' \x41 \u00e9 \U0001F600 \101 and the like; an unknown one stays as it is.
[[nodiscard]] std::string unescaped(std::string_view quoted);

}  // namespace hawser::model::jinja
