/// The flags that every command with a configuration has, and where settings come from.
#pragma once

#include "cli/command_line.hpp"
#include "conf/source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hawser::cli {

/// --config, --set and the flags that stand for one key.
class configuration_flags {
 public:
  /// Adds --set KEY=VALUE, and `file_names` ("--config", or "--config,FILE" where it may stand without a
  /// flag).
  explicit configuration_flags(const command_parser& command, const std::string& file_names = "--config");

  /// Adds `flag` ("-p,--port"), which sets `key`; its help is the key's documentation.
  void add(const command_parser& command, const std::string& flag, const std::string& key);

  /// Defaults < file < environment < flags. Throws conf::failure; warns on standard error about variables
  /// that are no keys.
  [[nodiscard]] conf::configuration read() const;

 private:
  struct alias {
    std::string flag;
    std::string key;
    std::string value;
    std::optional<argument> given;
  };

  std::string file_;
  std::vector<std::string> sets_;
  // Each on the heap: CLI11 keeps pointers to the values.
  std::vector<std::unique_ptr<alias>> aliases_;
};

}  // namespace hawser::cli
