#include "gpu/wait_plan.hpp"

#include "gpu/error.hpp"

#include <algorithm>
#include <utility>

namespace hawser::gpu {

void wait_plan::add(wait what) {
  auto at = std::find_if(lines_.begin(), lines_.end(),
                         [&](const line& each) { return each.stream == what->stream; });
  if (at == lines_.end()) at = lines_.insert(lines_.end(), line{what->stream, {}});
  at->waits.push_back(std::move(what));
  ++size_;
}

void wait_plan::look_at(line& of, const query& ask, std::vector<outcome>& to) {
  while (!of.waits.empty() && broken_ == cuda_error::none) {
    // Only the first: an event further back may have fired since the first was asked.
    const cuda_error answer = ask(of.waits.front()->event);
    if (answer == cuda_error::not_ready) return;
    if (is_sticky(answer)) {
      broken_ = answer;
      return;
    }
    to.push_back({std::move(of.waits.front()),
                  answer == cuda_error::none ? boost::system::error_code() : make_error_code(answer)});
    of.waits.pop_front();
    --size_;
  }
}

std::vector<wait_plan::outcome> wait_plan::look(time_point now, const query& ask) {
  std::vector<outcome> found;
  for (line& each : lines_) look_at(each, ask, found);
  for (line& each : lines_) {
    for (wait& w : each.waits) {
      if (broken_ != cuda_error::none)
        found.push_back({std::move(w), make_error_code(broken_)});
      else if (w->deadline <= now && !w->finished())
        found.push_back({w, make_error_code(errc::late), false});
    }
    if (broken_ != cuda_error::none) {
      size_ -= each.waits.size();
      each.waits.clear();
    }
  }
  std::erase_if(lines_, [](const line& each) { return each.waits.empty(); });
  return found;
}

std::vector<wait_plan::wait> wait_plan::all() const {
  std::vector<wait> found;
  for (const line& each : lines_) found.insert(found.end(), each.waits.begin(), each.waits.end());
  return found;
}

}  // namespace hawser::gpu
