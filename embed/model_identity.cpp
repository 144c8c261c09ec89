#include "embed/model_identity.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace hawser::embed {
namespace {

constexpr std::size_t stride = 64u << 10;
constexpr std::size_t sample = 64;

class digest {
 public:
  digest() : state_(EVP_MD_CTX_new()) {
    if (!state_ || EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  }

  void add(std::span<const std::byte> bytes) {
    if (EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
  }
  void add(std::uint64_t number) {
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
    add(std::span<const std::byte>(bytes));
  }
  /// With its length, so that no two lists of texts are the same bytes.
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    add(std::as_bytes(std::span(text)));
  }

  [[nodiscard]] std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
    unsigned length = 0;
    if (EVP_DigestFinal_ex(state_.get(), made.data(), &length) != 1) throw std::bad_alloc();
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : std::span(made).first(length)) {
      text += digits[byte >> 4u];
      text += digits[byte & 15u];
    }
    return text;
  }

 private:
  struct free_it {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
  };
  std::unique_ptr<EVP_MD_CTX, free_it> state_;
};

}  // namespace

std::string model_identity(const model::gguf_file& file, std::string_view device) {
  digest all;
  all.add(device);
  for (const auto& [key, value] : file.metadata()) {
    all.add(key);
    all.add(static_cast<std::uint64_t>(value.type()));
    all.add(static_cast<std::uint64_t>(value.element_type()));
    all.add(std::uint64_t{value.bytes().size()});
    all.add(value.bytes());
  }
  for (const model::tensor_view& tensor : file.tensors()) {
    all.add(tensor.name);
    all.add(static_cast<std::uint64_t>(tensor.type));
    for (const std::uint64_t dim : tensor.dims) all.add(dim);
    for (std::size_t at = 0; at < tensor.data.size(); at += stride)
      all.add(tensor.data.subspan(at, std::min(sample, tensor.data.size() - at)));
  }
  return all.hex();
}

}  // namespace hawser::embed
