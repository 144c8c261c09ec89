/// How work on a device ends when it does not end well.
#pragma once

#include "gpu/cuda_types.hpp"

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace hawser::gpu {

enum class errc {
  late = 1,  ///< the device did not finish before the deadline
};

[[nodiscard]] const boost::system::error_category& gpu_category() noexcept;
/// Of cuda_error; messages carry the number that CUDA's documentation lists.
[[nodiscard]] const boost::system::error_category& cuda_category() noexcept;

[[nodiscard]] inline boost::system::error_code make_error_code(errc e) noexcept {
  return {static_cast<int>(e), gpu_category()};
}
[[nodiscard]] inline boost::system::error_code make_error_code(cuda_error e) noexcept {
  return {static_cast<int>(e), cuda_category()};
}

}  // namespace hawser::gpu

template <>
struct boost::system::is_error_code_enum<hawser::gpu::errc> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<hawser::gpu::cuda_error> : std::true_type {};
