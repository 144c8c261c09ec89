/// What cpu/roofline.hpp measured, for people and for programs.
#pragma once

#include "cpu/roofline.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace hawser::cli {

[[nodiscard]] std::string print_roofline(const cpu::roofline& found);
[[nodiscard]] boost::json::object roofline_json(const cpu::roofline& found);

}  // namespace hawser::cli
