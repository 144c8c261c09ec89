/// What a file is when it is not a GGUF model. Inside model/ only.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hawser::model {

/// For the sentence "not a GGUF file: ...": the kind, where its first bytes tell, and what to do; else the
/// bytes themselves.
[[nodiscard]] std::string describe_foreign_file(std::span<const std::byte> bytes);

}  // namespace hawser::model
