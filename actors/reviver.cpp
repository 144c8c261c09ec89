#include "actors/reviver.hpp"

#include <exception>
#include <utility>

namespace hawser::actors {

void reviver::on(revive_now m) {
  revived answer{.replica = m.which, .backend = {}, .error = {}};
  try {
    auto made = parts_->revive(m.which, std::move(m.old));
    if (made) {
      answer.backend = std::move(*made);
    } else {
      answer.error = made.error().what;
    }
  } catch (const std::exception& e) {
    answer.error = e.what();
  }
  if (!answer.backend && answer.error.empty()) answer.error = "no backend was made";
  whom_.notify(std::move(answer));
  close();
}

}  // namespace hawser::actors
