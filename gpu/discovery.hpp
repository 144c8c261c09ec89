/// Which devices there are, or why there are none. Pure: a function of the runtime's answers.
#pragma once

#include "gpu/cuda_runtime.hpp"
#include "gpu/real_runtime.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hawser::gpu {

/// What stands between hawser and a device.
enum class obstacle {
  none,
  no_library,  ///< hawser's own GPU library is not there, or of another build
  no_runtime,
  no_driver,
  old_driver,
  no_device,
  old_devices,  ///< there are devices, and none is new enough
  failed,       ///< the runtime answered with an error
};

/// "old-driver", ...: for programs.
[[nodiscard]] const char* name_of(obstacle o) noexcept;

struct device_facts {
  int index = 0;
  std::string name;
  int major = 0;  ///< compute capability
  int minor = 0;
  int multiprocessors = 0;
  std::size_t memory = 0;       ///< bytes
  std::size_t free_memory = 0;  ///< bytes
};

/// The oldest compute capability that hawser has kernels for.
inline constexpr int least_major = 7;
inline constexpr int least_minor = 5;

struct device_report {
  obstacle why = obstacle::failed;
  /// What was found, what is needed and what to do, in one sentence; empty without an obstacle.
  std::string sentence;
  std::vector<device_facts> devices;     ///< those that hawser can use
  std::vector<std::string> passed_over;  ///< a sentence for each device that it cannot
  int driver = 0;                        ///< the newest CUDA that the driver speaks, 13000 for 13.0; 0: none
  int runtime = 0;
};

/// "13.0" for 13000.
[[nodiscard]] std::string print_version(int version);

/// Why nothing of CUDA need be looked for where libcuda.so.1 is not.
[[nodiscard]] std::string no_driver_sentence();

/// Asks the runtime for everything. Never throws; leaves the calling thread on the last device that it asked.
[[nodiscard]] device_report find_devices(const found_runtime& found);

}  // namespace hawser::gpu
