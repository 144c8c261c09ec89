#include "simulation/campaign.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace hawser::simulation {
namespace {

constinit thread_local std::uint64_t current_seed = 0;

class campaign {
 public:
  campaign(const scenario& what, const campaign_options& options,
           const std::function<void(std::uint64_t)>& progress)
      : what_(what), options_(options), progress_(progress) {}

  campaign_result run() {
    {
      std::vector<std::jthread> others;
      for (std::uint32_t i = 1; i < options_.threads; ++i) others.emplace_back([this] { work(); });
      work();
    }
    std::ranges::sort(result_.failed, {}, &failed_seed::seed);
    return std::move(result_);
  }

 private:
  void work() {
    for (std::uint64_t number = next_++; number < options_.seeds && !enough_; number = next_++) {
      const std::uint64_t seed = options_.from + number;
      current_seed = seed;
      run_result once = what_.run(seed, 0);
      if (options_.twice_every != 0 && number % options_.twice_every == 0 &&
          what_.run(seed, 0).hash != once.hash)
        once.broken.emplace_back("the same seed gives another trace");
      take(seed, std::move(once));
    }
  }

  void take(std::uint64_t seed, run_result&& once) {
    const std::lock_guard guard(lock_);
    ++result_.seeds;
    result_.clients += once.clients;
    result_.turns += once.turns;
    result_.virtual_time += once.took;
    result_.hash += once.hash * (2 * seed + 1);
    if (!once.broken.empty()) result_.failed.push_back({seed, std::move(once.broken), once.hash});
    if (result_.failed.size() >= options_.most_failures) enough_ = true;
    if (progress_ && result_.seeds % 64 == 0) progress_(result_.seeds);
  }

  const scenario& what_;
  const campaign_options& options_;
  const std::function<void(std::uint64_t)>& progress_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> enough_{false};
  std::mutex lock_;
  campaign_result result_;
};

}  // namespace

campaign_result run_campaign(const scenario& what, const campaign_options& options,
                             const std::function<void(std::uint64_t)>& progress) {
  return campaign(what, options, progress).run();
}

std::uint64_t seed_at_work() noexcept {
  return current_seed;
}

}  // namespace hawser::simulation
