/// Loops that do nothing but one kind of arithmetic, as fast as a core can: what kernels are measured
/// against. Inside cpu/ only.
#pragma once

#include <cstdint>

namespace hawser::cpu {

/// Each runs `rounds` rounds of `lanes_*` multiply-adds; null where the processor has no such instruction.
/// Any thread.
struct limit_loops {
  void (*int8)(std::uint64_t rounds) = nullptr;
  void (*bf16)(std::uint64_t rounds) = nullptr;
  void (*f32)(std::uint64_t rounds) = nullptr;
  std::uint64_t int8_round = 0;  ///< multiply-adds of one round
  std::uint64_t bf16_round = 0;
  std::uint64_t f32_round = 0;
};

// Compiled for these instruction sets: call only after asking the processor (choose_set).
limit_loops avx512_vnni_loops(bool bf16);
limit_loops avx512_loops(bool bf16);
limit_loops avx2_loops();

}  // namespace hawser::cpu
