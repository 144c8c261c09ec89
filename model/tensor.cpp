#include "model/tensor.hpp"

#include "model/wording.hpp"

#include <bit>

namespace hawser::model {
namespace {

struct type_facts {
  tensor_type type;
  std::string_view name;
  block_shape shape;
};

constexpr std::array supported{
    type_facts{tensor_type::f32, "F32", {1, 4}},       type_facts{tensor_type::f16, "F16", {1, 2}},
    type_facts{tensor_type::bf16, "BF16", {1, 2}},     type_facts{tensor_type::q8_0, "Q8_0", {32, 34}},
    type_facts{tensor_type::q4_0, "Q4_0", {32, 18}},   type_facts{tensor_type::q4_1, "Q4_1", {32, 20}},
    type_facts{tensor_type::q5_0, "Q5_0", {32, 22}},   type_facts{tensor_type::q5_1, "Q5_1", {32, 24}},
    type_facts{tensor_type::q4_k, "Q4_K", {256, 144}}, type_facts{tensor_type::q5_k, "Q5_K", {256, 176}},
    type_facts{tensor_type::q6_k, "Q6_K", {256, 210}},
};

/// Types of the format that hawser does not read: their names, so that an error can tell them.
struct foreign_type {
  std::uint32_t number;
  std::string_view name;
};

constexpr std::array foreign{
    foreign_type{9, "Q8_1"},     foreign_type{10, "Q2_K"},    foreign_type{11, "Q3_K"},
    foreign_type{15, "Q8_K"},    foreign_type{16, "IQ2_XXS"}, foreign_type{17, "IQ2_XS"},
    foreign_type{18, "IQ3_XXS"}, foreign_type{19, "IQ1_S"},   foreign_type{20, "IQ4_NL"},
    foreign_type{21, "IQ3_S"},   foreign_type{22, "IQ2_S"},   foreign_type{23, "IQ4_XS"},
    foreign_type{24, "I8"},      foreign_type{25, "I16"},     foreign_type{26, "I32"},
    foreign_type{27, "I64"},     foreign_type{28, "F64"},     foreign_type{29, "IQ1_M"},
    foreign_type{34, "TQ1_0"},   foreign_type{35, "TQ2_0"},   foreign_type{39, "MXFP4"},
    foreign_type{40, "NVFP4"},
};

const type_facts* facts_of(tensor_type type) noexcept {
  for (const auto& facts : supported) {
    if (facts.type == type) return &facts;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(tensor_type type) noexcept {
  const auto* facts = facts_of(type);
  return facts == nullptr ? "unknown" : facts->name;
}

result<tensor_type> tensor_type_from(std::uint32_t number) {
  const auto type = static_cast<tensor_type>(number);
  if (facts_of(type) != nullptr) return type;
  std::string known;
  for (const auto& facts : supported) {
    if (!known.empty()) known += ' ';
    known += facts.name;
  }
  for (const auto& other : foreign) {
    if (other.number == number) {
      return wording::failed(errc::unsupported, "type ", other.name, " is not supported, only ", known);
    }
  }
  return wording::failed(errc::unsupported, "type number ", number, " is unknown, only ", known,
                         " are supported");
}

block_shape shape_of(tensor_type type) noexcept {
  const auto* facts = facts_of(type);
  return facts == nullptr ? block_shape{} : facts->shape;
}

std::size_t tensor_view::row_bytes() const noexcept {
  const block_shape shape = shape_of(type);
  return static_cast<std::size_t>(columns() / shape.values * shape.bytes);
}

float half_to_float(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t magnitude = bits & 0x7fffu;
  if (magnitude < 0x0400u) {  // zero and subnormals: multiples of 2^-24
    const float value = static_cast<float>(magnitude) * 0x1p-24f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | sign);
  }
  const std::uint32_t rebias =
      magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u;  // (255 - 31, 127 - 15) << 23
  return std::bit_cast<float>(((magnitude << 13) + rebias) | sign);
}

std::uint16_t float_to_half(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);  // NaN
  if (magnitude >= 0x47800000u)
    return static_cast<std::uint16_t>(sign | 0x7c00u);  // 65536 and more: infinity
  if (magnitude < 0x38800000u) {  // below 2^-14: a multiple of 2^-24; adding 0.5 lets the float unit round it
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
  }
  magnitude += 0x0fffu + ((magnitude >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | ((magnitude - 0x38000000u) >> 13));
}

}  // namespace hawser::model
