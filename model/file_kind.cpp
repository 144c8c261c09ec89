#include "model/file_kind.hpp"

#include "model/byte_cursor.hpp"
#include "model/wording.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace hawser::model {
namespace {

struct signature {
  std::size_t at;
  std::string_view bytes;
  std::string_view meaning;
};

using namespace std::string_view_literals;

constexpr std::array signatures{
    signature{0, "version https://git-lfs"sv,
              "it is a Git LFS pointer: fetch the model itself with git lfs pull"},
    signature{0, "<"sv, "it looks like a web page: the download did not give the model"},
    signature{8, "{"sv, "it looks like a safetensors file: convert it to GGUF first"},
    signature{0, "PK\x03\x04"sv, "it looks like a PyTorch or zip archive: convert the model to GGUF first"},
    signature{0, "tjgg"sv, "it is a GGML file of before August 2023: convert the original model to GGUF"},
    signature{0, "lmgg"sv, "it is a GGML file of before August 2023: convert the original model to GGUF"},
    signature{0, "fmgg"sv, "it is a GGML file of before August 2023: convert the original model to GGUF"},
    signature{0, "algg"sv, "it is a GGML adapter, not a model"},
    signature{0, "FUGG"sv, "its magic is stored in big-endian order, only little-endian files are supported"},
};

}  // namespace

std::string describe_foreign_file(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  for (const auto& kind : signatures) {
    if (text.size() > kind.at && text.substr(kind.at).starts_with(kind.bytes))
      return std::string(kind.meaning);
  }
  if (std::all_of(bytes.begin(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(bytes.size(), 4)),
                  [](std::byte b) { return b == std::byte{0}; })) {
    return "it starts with zero bytes, so its download may not be complete";
  }
  return "its first bytes are " + wording::quoted(text.substr(0, 4)) + ", expected \"GGUF\"";
}

}  // namespace hawser::model
