#include "cpu/kernels/isa_avx2.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/kernels/table.hpp"

namespace hawser::cpu {

const kernel_set& avx2_set() {
  static constexpr kernel_set set = table_of<avx2>("avx2");
  return set;
}

}  // namespace hawser::cpu
