/// The limits that roofline.hpp measures kernels against. Inside cpu/ only.
#pragma once

#include "cpu/buffer.hpp"
#include "cpu/roofline.hpp"
#include "cpu/team.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace hawser::cpu {

/// The fastest of `repeats` runs, in seconds: what other programs take can only slow one down.
template <class Work>
double fastest_seconds(unsigned repeats, Work&& work) {
  double fastest = 0;
  for (unsigned i = 0; i < repeats; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    work();
    const double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    fastest = i == 0 ? now : std::min(fastest, now);
  }
  return fastest;
}

/// `kernels` names the set whose instructions count; `memory` is larger than the caches.
[[nodiscard]] machine_limits measure_limits(std::string_view kernels, bool bf16, const buffer& memory,
                                            team& workers, bool quick);

}  // namespace hawser::cpu
