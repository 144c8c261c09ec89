#include "cpu/kernels/isa_portable.hpp"
#include "cpu/kernels/sets.hpp"
#include "cpu/kernels/table.hpp"

namespace hawser::cpu {

const kernel_set& portable_set() {
  static constexpr kernel_set set = table_of<portable>("portable");
  return set;
}

}  // namespace hawser::cpu
