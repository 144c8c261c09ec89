#include "cli/load/request_mix.hpp"

#include <algorithm>
#include <utility>

namespace hawser::load {

namespace {

bool has_rate(const mix_options& options) {
  return !options.rate.empty() || std::any_of(options.classes.begin(), options.classes.end(),
                                              [](const auto& c) { return !c.rate.empty(); });
}

std::vector<rate_phase> part_of(std::vector<rate_phase> rate, double share) {
  for (rate_phase& phase : rate) phase.rate *= share;
  return rate;
}

}  // namespace

request_mix::request_mix(mix_options options)
    : options_(std::move(options)), by_(seed_of(options_.seed, 0)), open_(has_rate(options_)) {
  // Thinning a Poisson stream by shares gives independent Poisson streams, so each class may have its own.
  double sharing = 0;
  for (const request_class& one : options_.classes) {
    shares_ += one.share;
    if (one.rate.empty()) sharing += one.share;
  }
  std::uint64_t stream = 1;
  for (const request_class& one : options_.classes) {
    lane made{std::nullopt, std::nullopt, chance(seed_of(options_.seed, stream++))};
    if (open_) {
      auto rate = one.rate.empty() ? part_of(options_.rate, one.share / std::max(sharing, 1e-12)) : one.rate;
      made.times.emplace(std::move(rate), options_.poisson, seed_of(options_.seed, stream++));
      made.due = made.times->next();
    }
    lanes_.push_back(std::move(made));
  }
}

std::optional<std::size_t> request_mix::pick() {
  if (open_) {
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[i].due && (!first || *lanes_[i].due < *lanes_[*first].due)) first = i;
    }
    return first;
  }
  double at = by_.uniform() * shares_;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    at -= options_.classes[i].share;
    if (at < 0) return i;
  }
  return lanes_.size() - 1;
}

bool request_mix::next(planned_request& into) {
  if (made_ >= options_.requests) return false;
  const auto chosen = pick();
  if (!chosen) return false;
  lane& from = lanes_[*chosen];
  const request_class& as = options_.classes[*chosen];
  into = {};
  if (open_) {
    if (*from.due >= options_.length) return false;
    into.at = *from.due;
    from.due = from.times->next();
  }
  into.number = made_++;
  into.of_class = static_cast<std::uint32_t>(*chosen);
  into.prompt = as.prompt.draw(from.by);
  into.answer = as.answer.draw(from.by);
  into.text_seed = from.by.next();
  const auto prefix = static_cast<std::uint32_t>(1 + from.by.below(as.prefixes));
  into.prefix = from.by.happens(as.prefix_share) && as.prefix > 0 ? prefix : 0;
  into.turns = as.turns;
  into.stream = from.by.happens(as.stream);
  into.obeys = from.by.happens(as.obey);
  into.leaves = from.by.happens(as.leave);
  into.leave_after = static_cast<std::uint32_t>(from.by.below(into.answer));
  return true;
}

}  // namespace hawser::load
