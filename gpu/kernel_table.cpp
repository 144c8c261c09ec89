#include "gpu/kernel_table.hpp"

#include "gpu/error.hpp"

#include <utility>

namespace hawser::gpu {
namespace {

model::error refuse(std::string what) {
  return {model::errc::unsupported, std::move(what)};
}

constexpr std::pair<model::tensor_type, const char*> types[] = {
    {model::tensor_type::f32, "f32"},   {model::tensor_type::f16, "f16"},
    {model::tensor_type::bf16, "bf16"}, {model::tensor_type::q8_0, "q8_0"},
    {model::tensor_type::q4_0, "q4_0"}, {model::tensor_type::q4_1, "q4_1"},
    {model::tensor_type::q5_0, "q5_0"}, {model::tensor_type::q5_1, "q5_1"},
    {model::tensor_type::q4_k, "q4_k"}, {model::tensor_type::q5_k, "q5_k"},
    {model::tensor_type::q6_k, "q6_k"},
};

}  // namespace

model::result<kernel_table> find_kernels(const cuda_runtime& calls, std::span<const std::byte> code,
                                         std::uint32_t head_dim) {
  if (head_dim > static_cast<std::uint32_t>(kernels::most_head_dim))
    return refuse("Heads of " + std::to_string(head_dim) +
                  " dimensions are more than the GPU backend takes (" +
                  std::to_string(kernels::most_head_dim) + ").");
  kernel_table made;
  kernel_library_handle library = nullptr;
  if (const auto e = calls.load_library(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0);
      e != cuda_error::none)
    return refuse("The kernels could not be loaded: " + make_error_code(e).message() + ".");
  made.library = {library, [unload = calls.unload_library](kernel_library_handle mine) { unload(mine); }};
  std::string missing;
  const auto find = [&](auto& to, const std::string& name) {
    const std::string whole = "hawser_" + name;
    if (calls.find_kernel(&to.handle, library, whole.c_str()) != cuda_error::none && missing.empty())
      missing = whole;
  };
  for (const auto& [type, name] : types) {
    typed_kernels& of = made.of_type[type];
    find(of.gather, std::string("gather_") + name);
    find(of.product, std::string("product_") + name);
    find(of.wide, std::string("product_wide_") + name);
  }
  find(made.norm, "norm");
  find(made.add_norm, "add_norm");
  find(made.quantize, "quantize");
  find(made.activate, "activate");
  find(made.soft_cap, "soft_cap");
  find(made.best, "best");
  find(made.draw, "draw");
  find(made.turns, "turns");
  find(made.place_heads, "place_heads");
  find(made.attend, head_dim <= 64 ? "attend_64" : head_dim <= 128 ? "attend_128" : "attend_256");
  find(made.join_attention, "join_attention");
  if (!missing.empty()) return refuse("The kernels lack " + missing + ": they are of another build.");
  return made;
}

}  // namespace hawser::gpu
