/// The certificate that new connections are shown; another may take its place while the server runs.
#pragma once

#include "net/error.hpp"

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;

namespace hawser::net {

/// Both in PEM form; the first may hold the whole chain, the server's own certificate first.
struct tls_files {
  std::string certificate;
  std::string private_key;
};

/// TLS 1.2 and 1.3, with forward secrecy and authenticated ciphers only; HTTP/1.1 by ALPN. Any thread.
class tls_keeper {
 public:
  using context = std::shared_ptr<ssl_ctx_st>;

  /// errc::certificate: one sentence that says which file, and what to do. Reads files.
  [[nodiscard]] static result<context> load(const tls_files& files);

  explicit tls_keeper(context first) : now_(std::move(first)) {}
  tls_keeper(const tls_keeper&) = delete;
  tls_keeper& operator=(const tls_keeper&) = delete;

  [[nodiscard]] context current() const;
  /// For connections from now on; those that are open keep theirs.
  void replace(context next);

 private:
  mutable std::mutex guard_;
  context now_;
};

}  // namespace hawser::net
