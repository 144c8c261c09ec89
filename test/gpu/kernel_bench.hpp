/// Runs one kernel with arguments as a launch has them.
#pragma once

#include "gpu/stand_in/cpu_kernels.hpp"

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace hawser::test {

/// Where checks find kernels: on the CPU, unless a program puts them elsewhere.
inline const gpu::stand_in::kernel_reader* (*kernels_of_checks)(const std::string& name) =
    gpu::stand_in::cpu_kernel;

/// Copies of the kernels' argument types: what the host passes. kernel_checks.cpp proves that they are alike.
template <class... Arguments>
void run_kernel(const std::string& name, gpu::extent grid, unsigned threads, Arguments... arguments) {
  const gpu::stand_in::kernel_reader* const kernel = kernels_of_checks(name);
  if (kernel == nullptr) throw std::runtime_error("no kernel " + name);
  void* values[] = {static_cast<void*>(&arguments)...};
  (*kernel)(grid, {threads, 1, 1}, values, 0)();
}

/// What a check found wrong; empty: nothing.
using finding = std::string;

struct kernel_check {
  std::string name;
  finding (*run)();
};
/// Every kernel against a reference in double precision.
[[nodiscard]] const std::vector<kernel_check>& kernel_checks();

/// The largest of some differences; what is no number is larger than all.
class worst_difference {
 public:
  void see(double difference) {
    if (!(difference <= worst_)) worst_ = difference == difference ? difference : 1e300;
  }
  [[nodiscard]] double worst() const noexcept { return worst_; }
  [[nodiscard]] finding over(double most, const std::string& what) const {
    return worst_ <= most ? finding() : what + " is off by " + std::to_string(worst_);
  }

 private:
  double worst_ = 0;
};

/// The same numbers for a seed.
class numbers {
 public:
  explicit numbers(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] std::vector<float> normal(std::size_t n, float spread = 1.0f) {
    std::normal_distribution<float> d(0.0f, spread);
    std::vector<float> made(n);
    for (float& x : made) x = d(engine_);
    return made;
  }
  [[nodiscard]] std::uint64_t next() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace hawser::test
