/// What is shown of a device, one section each. Each prints what it measured, returns what it found in one
/// line, and throws not_there or failed.
#pragma once

#include "test/gpu/device/subject.hpp"

#include <string>

namespace hawser::test {

/// Every kernel against double precision: the checks of gpu_kernels_test, on the device.
[[nodiscard]] std::string check_kernels(const subject& on);
/// From work that is done to its handler.
[[nodiscard]] std::string check_bridge(const subject& on);
/// Answers of the whole backend beside those of the CPU backend.
[[nodiscard]] std::string check_tokens(const subject& on);
/// Prefill and decode beside what the device's memory could give.
[[nodiscard]] std::string measure_speed(const subject& on);

}  // namespace hawser::test
