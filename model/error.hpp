/// What can go wrong in model/: one cause, and one sentence for the person who has to act on it.
#pragma once

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>

#include <stdexcept>
#include <string>

namespace hawser::model {

enum class errc {
  io = 1,           ///< the file cannot be opened, mapped or read
  not_a_model,      ///< the file is of another kind (wrong magic, unknown version)
  malformed,        ///< a field of the file contradicts the format or another field
  over_limit,       ///< well formed, but larger than a documented limit
  unsupported,      ///< well formed, but of a kind that hawser does not know (type, architecture, tokenizer)
  bad_template,     ///< the chat template does not parse, or uses something unknown
  template_failed,  ///< the chat template ran and failed (raise_exception, a type error, a budget)
  bad_argument,     ///< a value handed in is outside of what the call accepts
};

/// `what` is a full sentence: what, where, expected, found. It is fit to be shown to a user as it is.
struct error {
  errc cause{};
  std::string what;
};

template <class T>
using result = boost::system::result<T, error>;

/// Thrown by result::value() on an error; start-up code lets it travel to the one place that logs and exits.
class failure : public std::runtime_error {
 public:
  explicit failure(const error& e) : std::runtime_error(e.what), cause_(e.cause) {}

  [[nodiscard]] errc cause() const noexcept { return cause_; }

 private:
  errc cause_;
};

[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

}  // namespace hawser::model
