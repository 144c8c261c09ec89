#include "cpu/roofline_limits.hpp"

#include "cpu/roofline_loops.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>

namespace hawser::cpu {
namespace {

limit_loops loops_of([[maybe_unused]] std::string_view kernels, [[maybe_unused]] bool bf16) {
#if defined(__x86_64__)
  if (kernels == "avx512-vnni") return avx512_vnni_loops(bf16);
  if (kernels == "avx512") return avx512_loops(bf16);
  if (kernels.starts_with("avx2")) return avx2_loops();
#endif
  return {};
}

/// Pieces small enough that no thread waits long for the last one.
double rate(void (*loop)(std::uint64_t), std::uint64_t round, team& workers, bool quick) {
  if (loop == nullptr) return 0;
  const std::uint32_t pieces = workers.threads() * 16;
  const std::uint64_t rounds = quick ? 1000 : 200'000;
  const double seconds = fastest_seconds(
      quick ? 1 : 7, [&] { workers.run(pieces, [&](std::uint32_t, unsigned) { loop(rounds); }); });
  return static_cast<double>(pieces) * static_cast<double>(rounds) * static_cast<double>(round) / seconds;
}

/// Adds up what it reads, so that nothing can be left out.
std::uint64_t sum_of(const std::byte* from, std::size_t bytes) {
  std::uint64_t sums[8] = {};
  for (std::size_t at = 0; at + 64 <= bytes; at += 64) {
    std::uint64_t words[8];
    std::memcpy(words, from + at, sizeof words);
    for (int i = 0; i < 8; ++i) sums[i] += words[i];
  }
  std::uint64_t all = 0;
  for (const std::uint64_t sum : sums) all += sum;
  return all;
}

double read_rate(const buffer& memory, team& workers, bool quick) {
  constexpr std::size_t piece = 1u << 20;
  const auto pieces = static_cast<std::uint32_t>(memory.size() / piece);
  std::atomic<std::uint64_t> kept{0};
  const double seconds = fastest_seconds(quick ? 1 : 7, [&] {
    workers.run(pieces, [&](std::uint32_t i, unsigned) {
      kept.fetch_add(sum_of(memory.data() + i * piece, piece), std::memory_order_relaxed);
    });
  });
  return static_cast<double>(pieces) * static_cast<double>(piece) / seconds;
}

}  // namespace

machine_limits measure_limits(std::string_view kernels, bool bf16, const buffer& memory, team& workers,
                              bool quick) {
  const limit_loops loops = loops_of(kernels, bf16);
  team alone(1);
  machine_limits out;
  out.int8 = rate(loops.int8, loops.int8_round, workers, quick);
  out.bf16 = rate(loops.bf16, loops.bf16_round, workers, quick);
  out.f32 = rate(loops.f32, loops.f32_round, workers, quick);
  out.read_one = read_rate(memory, alone, quick);
  out.read_all = read_rate(memory, workers, quick);
  return out;
}

}  // namespace hawser::cpu
