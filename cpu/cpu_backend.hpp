/// The CPU as a backend: packed weights, kernels chosen at run time, paged keys and values.
#pragma once

#include "cpu/kernels/kv_page.hpp"
#include "cpu/placement.hpp"
#include "model/backend.hpp"
#include "model/decoder_spec.hpp"
#include "model/error.hpp"
#include "model/gguf.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace hawser::cpu {

struct cpu_options {
  unsigned threads = 0;      ///< 0: the physical cores that this process may use
  std::string kernels = {};  ///< empty or "auto", "avx512-vnni", "avx512", "avx2-vnni", "avx2", "portable"
  std::uint32_t seats = 32;
  std::uint32_t step_tokens = 512;  ///< at least `seats`
  std::uint32_t context = 0;        ///< 0: the model's, lowered to what the memory for keys and values holds
  std::uint32_t page_tokens = 32;   ///< 16, 32 or 64
  std::size_t kv_bytes = std::size_t{1} << 30;
  kv_type kv = kv_type::bf16;
  affinity threads_stay = affinity::automatic;
  memory_spread memory = memory_spread::automatic;
};

/// Packs the weights and gives the file's pages back. Errors: what the file lacks, an option out of its
/// range, memory that the system does not give.
[[nodiscard]] model::result<std::unique_ptr<model::backend>>
make_cpu_backend(std::shared_ptr<const model::gguf_file> file, const model::decoder_spec& spec,
                 const cpu_options& options);

}  // namespace hawser::cpu
