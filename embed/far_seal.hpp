/// How a remembered answer travels through a store that others can write to: under a name that tells nothing,
/// and sealed, so that only those who know the secret can have made it, for exactly this question.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hawser::embed {

/// HMAC-SHA-256 with one secret for names and seals, each in a domain of its own. Immutable; any thread.
///
///   value = "HWS" version(1) tape_version(1) answer seal(32)
///   seal  = HMAC("value" | version | tape_version | length of question | question | answer)
///
/// The question is not in the value: a value of another question, tenant, model or version does not open.
class far_seal {
 public:
  explicit far_seal(std::string secret) : secret_(std::move(secret)) {}

  /// "hawser:1:<tenant>:<question>", both as hashes in hexadecimal.
  [[nodiscard]] std::string name(std::string_view tenant, std::string_view question) const;
  /// What the names of this tenant begin with; of all, "hawser:1:".
  [[nodiscard]] std::string prefix(std::string_view tenant, bool all) const;

  [[nodiscard]] std::string seal(std::string_view question, std::string_view answer) const;
  /// The answer; nothing when the value was not sealed for this question, with this secret and version.
  [[nodiscard]] std::optional<std::string> open(std::string_view question, std::string_view value) const;

 private:
  std::string secret_;
};

}  // namespace hawser::embed
