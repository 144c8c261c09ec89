/// Secrets that the service manager hands over as files (systemd's LoadCredential=).
#pragma once

#include "conf/settings.hpp"

#include <string>

namespace hawser::cli {

/// Where a path was not configured and `folder` has a file of that name: hawser.keys becomes server.keys,
/// hawser.certificate server.certificate, hawser.private_key server.private_key. An empty `folder`: nothing.
void take_credentials(conf::settings& into, const std::string& folder);

/// $CREDENTIALS_DIRECTORY, or empty.
[[nodiscard]] std::string credentials_folder();

}  // namespace hawser::cli
