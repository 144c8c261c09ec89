#include "net/talk.hpp"

#include <optional>
#include <utility>

namespace hawser::net {

talk::talk(const web_rules& rules, std::unique_ptr<conversation> about, runtime::time_point now, asker ask)
    : socket_(rules, now), about_(std::move(about)), ask_(std::move(ask)) {}

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

void talk::ask(const added_socket& whom, socket_call what, reply_taker done) {
  ask_(whom, std::move(what), std::move(done));
}

}  // namespace hawser::net
