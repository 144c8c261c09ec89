/// Fills a kernel_set from the templates; each translation unit of kernels/set_*.cpp does it for one
/// instruction set.
#pragma once

#include "cpu/kernels/attention.hpp"
#include "cpu/kernels/product.hpp"
#include "cpu/kernels/rows.hpp"

namespace hawser::cpu {

template <class Isa>
constexpr kernel_set table_of(std::string_view name) {
  return {.name = name,
          .product = product<Isa>,
          .quantize = quantize_groups<Isa>,
          .rms_norm = rms_norm_row<Isa>,
          .gate = gate_row<Isa>,
          .add = add_row<Isa>,
          .soft_cap = soft_cap_row<Isa>,
          .best = best_of<Isa>,
          .log_sum_exp = log_sum_exp_of<Isa>,
          .rotate = rotate_head<Isa>,
          .store_kv = {store_kv_rows<Isa, kv_type::bf16>, store_kv_rows<Isa, kv_type::f16>, store_kv_q8<Isa>},
          .attend = {attend<widened_pairs<Isa, kv_type::bf16>, kv_type::bf16>,
                     attend<widened_pairs<Isa, kv_type::f16>, kv_type::f16>,
                     attend<widened_pairs<Isa, kv_type::f16>, kv_type::q8_0>}};
}

}  // namespace hawser::cpu
