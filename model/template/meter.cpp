#include "model/template/meter.hpp"

namespace hawser::model::jinja {

void fail(std::string what) {
  throw trouble{std::move(what)};
}

void meter::out_of_steps() {
  fail("the template takes more steps than its budget allows");
}

void meter::out_of_bytes(std::size_t wanted) {
  fail("the template needs more memory than its budget allows (" + std::to_string(wanted) +
       " bytes at once)");
}

void meter::too_deep() {
  fail("the template nests or recurses deeper than its budget allows");
}

}  // namespace hawser::model::jinja
