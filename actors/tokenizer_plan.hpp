/// Which text goes to which worker. Pure; knows jobs by number only.
#pragma once

#include "actors/generation_mail.hpp"
#include "runtime/clock.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hawser::actors {

/// First come, first served, one job a worker: a long text keeps one worker busy, not those behind it.
/// Job is movable and has `request_id id` (0: a question, which cannot be dropped).
template <class Job>
class tokenizer_plan {
 public:
  tokenizer_plan(std::uint32_t workers, std::uint32_t questions)
      : busy_with_(workers), questions_(questions) {
    for (std::uint32_t i = workers; i-- > 0;) idle_.push_back(i);
  }

  struct assignment {
    std::uint32_t worker = 0;
    Job job;
  };

  /// False, and `job` as it was: too many questions wait.
  [[nodiscard]] bool submit(Job& job) {
    const request_id id = job.id;
    if (id == 0 && waiting_questions_ >= questions_ && idle_.empty()) return false;
    line_.push_back(std::move(job));
    if (id == 0) {
      ++waiting_questions_;
    } else {
      places_.emplace(id, std::prev(line_.end()));
    }
    return true;
  }

  /// Takes a job out of the line, if it is there still.
  void drop(request_id id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    line_.erase(found->second);
    places_.erase(found);
  }

  /// The next job for an idle worker, again and again until there is none.
  [[nodiscard]] std::optional<assignment> next() {
    if (idle_.empty() || line_.empty()) return std::nullopt;
    assignment out{idle_.back(), std::move(line_.front())};
    idle_.pop_back();
    line_.pop_front();
    if (out.job.id == 0) {
      --waiting_questions_;
    } else {
      places_.erase(out.job.id);
    }
    busy_with_[out.worker] = out.job.id;
    return out;
  }

  /// The worker is idle again. Returns what it was busy with: 0 for a question or nothing.
  request_id done(std::uint32_t worker) {
    if (!busy_with_[worker]) return 0;
    const request_id was = *std::exchange(busy_with_[worker], std::nullopt);
    idle_.push_back(worker);
    return was;
  }

  [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }

 private:
  std::list<Job> line_;
  std::unordered_map<request_id, typename std::list<Job>::iterator> places_;
  std::vector<std::optional<request_id>> busy_with_;  // [workers]
  std::vector<std::uint32_t> idle_;
  std::uint32_t questions_;
  std::uint32_t waiting_questions_ = 0;
};

}  // namespace hawser::actors
