/// Why a server's page cannot be shown: one sentence, or the end of one, for people.
#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace hawser::cli {

struct page_error {
  std::string what;
};

template <class T>
using page_result = boost::system::result<T, page_error>;

}  // namespace hawser::cli
