/// Python's two ways to format: 'x: %5.2f' % 1 and 'x: {:>8}'.format(1).
#pragma once

#include "model/template/value.hpp"

#include <string_view>

namespace hawser::model::jinja {

/// `given` is a tuple of arguments, a dictionary for %(name)s, or the one argument.
[[nodiscard]] value percent_formatted(meter& m, std::string_view format, const value& given);

[[nodiscard]] value brace_formatted(meter& m, std::string_view format, const arguments& given);

}  // namespace hawser::model::jinja
