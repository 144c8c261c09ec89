#include "model/error.hpp"

namespace hawser::model {

void throw_exception_from_error(const error& e, const boost::source_location& where) {
  boost::throw_exception(failure(e), where);
}

}  // namespace hawser::model
