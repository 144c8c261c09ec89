#include "cpu/kernels/isa_avx512.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/kernels/table.hpp"

namespace hawser::cpu {

const kernel_set& avx512_set() {
  static constexpr kernel_set set = table_of<avx512>("avx512");
  return set;
}

}  // namespace hawser::cpu
