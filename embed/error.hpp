/// How a running server says what went wrong.
#pragma once

#include "embed/failure.hpp"

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <string>

namespace hawser::embed {

struct error {
  errc cause{};
  std::string what;  ///< one sentence for people
};

template <class T>
using result = boost::system::result<T, error>;

/// result::value() on an error throws it as failure.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw failure(e.cause, e.what);
}

}  // namespace hawser::embed
