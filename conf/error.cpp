#include "conf/error.hpp"

namespace hawser::conf {

namespace {

std::string all_lines(const problems& all) {
  std::string lines;
  for (const problem& one : all) {
    if (!lines.empty()) lines += '\n';
    lines += one.text();
  }
  return lines;
}

}  // namespace

std::string problem::text() const {
  std::string place = source;
  if (line != 0) place += ":" + std::to_string(line) + ":" + std::to_string(column);
  return place.empty() ? what : place + ": " + what;
}

failure::failure(const problems& all) : std::runtime_error(all_lines(all)) {}

void throw_exception_from_error(const problems& all, const boost::source_location& where) {
  boost::throw_exception(failure(all), where);
}

}  // namespace hawser::conf
