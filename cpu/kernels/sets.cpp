#include "cpu/kernels/sets.hpp"

#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hawser::cpu {
namespace {

#if defined(__x86_64__)
struct features {
  bool avx2 = false, avx_vnni = false, avx512 = false, avx512_vnni = false, avx512_bf16 = false;
};

bool bit(unsigned word, int n) {
  return (word >> n & 1u) != 0;
}

/// What processor and system support together (Intel's manual, volume 1, 14.3 and 15.2).
features ask_processor() {
  features f;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !bit(c, 27)) return f;
  const bool fma = bit(c, 12), f16c = bit(c, 29);
  unsigned low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 0x6u) != 0x6u) return f;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return f;
  const unsigned leaves = a;
  f.avx2 = bit(b, 5) && fma && f16c;
  f.avx512 = f.avx2 && (low & 0xe6u) == 0xe6u && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
  f.avx512_vnni = f.avx512 && bit(c, 11);
  if (leaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    f.avx_vnni = f.avx2 && bit(a, 4);
    f.avx512_bf16 = f.avx512 && bit(a, 5);
  }
  return f;
}
#endif

}  // namespace

std::vector<kernel_set> runnable_sets() {
  std::vector<kernel_set> out;
#if defined(__x86_64__)
  const features f = ask_processor();
  if (f.avx512_vnni) out.push_back(avx512_vnni_set());
  if (f.avx512) out.push_back(avx512_set());
  if (f.avx512_bf16)
    for (kernel_set& set : out) {
      set.attend[static_cast<int>(kv_type::bf16)] = attend_bf16;
      set.attend[static_cast<int>(kv_type::q8_0)] = attend_q8_bf16;
    }
  if (f.avx_vnni) out.push_back(avx2_vnni_set());
  if (f.avx2) out.push_back(avx2_set());
#endif
  out.push_back(portable_set());
  return out;
}

model::result<kernel_set> choose_set(std::string_view name) {
  const std::vector<kernel_set> sets = runnable_sets();
  if (name.empty() || name == "auto") return sets.front();
  std::string names;
  for (const kernel_set& set : sets) {
    if (set.name == name) return set;
    names += names.empty() ? "" : ", ";
    names += set.name;
  }
  return model::error{model::errc::bad_argument,
                      "kernel set \"" + std::string(name) +
                          "\" is not one that this machine can run: choose auto, " + names};
}

}  // namespace hawser::cpu
