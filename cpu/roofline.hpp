/// What this machine can do, and what share of it each kernel reaches, measured in one run.
#pragma once

#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/tensor.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace hawser::cpu {

/// All threads together, unless said otherwise. 0: the processor has no such instruction.
struct machine_limits {
  double int8 = 0;      ///< multiply-adds a second of the kernel set's int8 instruction
  double bf16 = 0;      ///< of vdpbf16ps
  double f32 = 0;       ///< of fused multiply-adds
  double read_one = 0;  ///< bytes a second out of memory, one thread
  double read_all = 0;
};

enum class bound : std::uint8_t { int8, bf16, f32, memory };

/// One kernel at one size. No kernel can be faster than the longer of its arithmetic and its bytes at the
/// machine's limits.
struct roofline_row {
  std::string kernel;
  double multiply_adds = 0;
  double bytes = 0;    ///< weights, keys and values that it must read from memory
  double seconds = 0;  ///< the fastest of several runs
  bound by = bound::memory;
  double share = 0;  ///< of the limit
};

struct roofline {
  std::string kernels;
  unsigned threads = 0;
  machine_limits limits;
  std::vector<roofline_row> rows;
};

struct roofline_request {
  unsigned threads = 0;  ///< 0: the physical cores that this process may use
  std::string kernels;   ///< as cpu_options::kernels
  bool quick = false;    ///< one short repeat: for tests
  /// Called before each measurement with its name and how many are done of how many.
  std::function<void(const std::string& what, std::size_t done, std::size_t all)> watch;
};

/// Products in every weight type with rows as long as the model is wide, its head in its own type, its
/// attention, its norms. Takes some 200 MB. Errors: an unknown kernel set, memory that the system does not
/// give.
[[nodiscard]] model::result<roofline> measure_roofline(const model::decoder_spec& spec,
                                                       model::tensor_type head, const roofline_request& how);

}  // namespace hawser::cpu
