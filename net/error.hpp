/// Why the server could not start: one sentence for the person who has to act on it.
#pragma once

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <stdexcept>
#include <string>

namespace hawser::net {

enum class errc {
  port_in_use = 1,
  not_permitted,  ///< the port needs privileges
  bad_address,    ///< not an address of this machine
  certificate,    ///< or its private key
  io,
};

struct error {
  errc cause{};
  std::string what;
};

template <class T>
using result = boost::system::result<T, error>;

/// Thrown by result::value() on an error.
class failure : public std::runtime_error {
 public:
  explicit failure(const error& e) : std::runtime_error(e.what), cause_(e.cause) {}

  [[nodiscard]] errc cause() const noexcept { return cause_; }

 private:
  errc cause_;
};

[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location& where) {
  boost::throw_exception(failure(e), where);
}

}  // namespace hawser::net
