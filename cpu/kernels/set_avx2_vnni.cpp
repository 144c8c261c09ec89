#include "cpu/kernels/isa_avx2.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/kernels/table.hpp"

namespace hawser::cpu {

const kernel_set& avx2_vnni_set() {
  static constexpr kernel_set set = table_of<avx2_vnni>("avx2-vnni");
  return set;
}

}  // namespace hawser::cpu
