/// What can be wrong with a configuration: one cause, one place, one sentence that says what to do.
#pragma once

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::conf {

enum class errc {
  io = 1,        ///< the file cannot be read
  syntax,        ///< not TOML
  unknown_key,   ///< no key of that name
  wrong_type,    ///< a value of another kind than the key's
  out_of_range,  ///< the right kind, but a value that the key does not take
};

/// `what` is a full sentence without the place; text() puts the place before it.
struct problem {
  errc cause{};
  std::string source;  ///< a file, "environment variable HAWSER_...", "--port"
  unsigned line = 0;   ///< 0: the source has no lines
  unsigned column = 0;
  std::string what;

  /// "hawser.toml:4:8: server.port: expected an integer, found the string "abc"".
  [[nodiscard]] std::string text() const;
};

/// Everything that is wrong with one source, in the order of the source; never empty.
using problems = std::vector<problem>;

template <class T>
using result = boost::system::result<T, problems>;

/// Thrown by result::value() on an error.
class failure : public std::runtime_error {
 public:
  explicit failure(const problems& all);
};

[[noreturn]] void throw_exception_from_error(const problems& all, const boost::source_location& where);

}  // namespace hawser::conf
