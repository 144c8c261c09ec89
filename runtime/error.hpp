/// Why an ask has no answer.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace hawser::runtime {

enum class errc {
  late = 1,  ///< no answer before the deadline
  full,      ///< the mailbox had no room
  closed,    ///< the actor has stopped, or stopped before it answered
  failed,    ///< the actor failed, or dropped the question without an answer
};

[[nodiscard]] const boost::system::error_category& runtime_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), runtime_category()};
}

template <class T>
using result = boost::system::result<T>;

}  // namespace hawser::runtime

template <>
struct boost::system::is_error_code_enum<hawser::runtime::errc> : std::true_type {};
