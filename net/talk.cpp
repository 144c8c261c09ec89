#include "net/talk.hpp"

#include <optional>
#include <utility>

namespace hawser::net {

talk::talk(const web_rules& rules, std::unique_ptr<conversation> about, runtime::time_point now, host& where)
    : socket_(rules, now), about_(std::move(about)), host_(where) {}

void talk::serve() {
  if (over()) return;
  if (!std::exchange(begun_, true)) about_->begin(*this);
  while (!over() && about_->listens()) {
    std::optional<web_message> next = socket_.take(out_);
    if (!next) break;
    about_->hear(*this, std::move(*next));
  }
  if (!over()) about_->go_on(*this);
}

}  // namespace hawser::net
