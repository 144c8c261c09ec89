#include "conf/change.hpp"

#include "conf/extension_reader.hpp"
#include "conf/key.hpp"
#include "conf/value.hpp"

#include <variant>

namespace hawser::conf {

changes compare(const settings& before, const settings& after) {
  changes found;
  for (const key& one : keys()) {
    if (print_value(before, one) == print_value(after, one)) continue;
    (one.hot ? found.hot : found.cold).push_back(one.name);
  }
  if (print_extensions(before.extensions) != print_extensions(after.extensions))
    found.cold.emplace_back("extension");
  return found;
}

void take_hot(settings& into, const settings& from) {
  settings source = from;
  for (const key& one : keys()) {
    if (!one.hot) continue;
    const slot to = one.at(into);
    const slot taken = one.at(source);
    std::visit(
        [&taken](auto* where) {
          using value = decltype(where);
          *where = *std::get<value>(taken);
        },
        to);
  }
}

}  // namespace hawser::conf
