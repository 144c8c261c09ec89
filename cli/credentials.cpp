#include "cli/credentials.hpp"

#include <cstdlib>
#include <filesystem>

namespace hawser::cli {

void take_credentials(conf::settings& into, const std::string& folder) {
  if (folder.empty()) return;
  const auto take = [&folder](std::string& path, const char* name) {
    const std::filesystem::path file = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (path.empty() && std::filesystem::exists(file, ignored)) path = file.string();
  };
  take(into.server.keys, "hawser.keys");
  take(into.server.certificate, "hawser.certificate");
  take(into.server.private_key, "hawser.private_key");
}

std::string credentials_folder() {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder == nullptr ? std::string{} : std::string(folder);
}

}  // namespace hawser::cli
