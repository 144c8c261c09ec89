/// What can be wrong with what a load run is given: one cause, and one sentence for the person who typed it.
#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace hawser::load {

enum class errc {
  bad_url = 1,
  bad_option,  ///< a length, a rate, a class of requests
  bad_trace,   ///< a line of a trace file
};

struct error {
  errc cause{};
  std::string what;
};

template <class T>
using result = boost::system::result<T, error>;

}  // namespace hawser::load
