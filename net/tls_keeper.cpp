#include "net/tls_keeper.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace hawser::net {
namespace {

error wrong(std::string_view key, const std::string& path, const std::string& what) {
  return {errc::certificate, std::string(key) + ": " + path + " " + what};
}

std::string last_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "for an unknown reason" : reason;
}

/// Nothing, or why the file cannot even be opened.
std::string unreadable(const std::string& path) {
  errno = 0;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  return file ? std::string() : std::strerror(errno);
}

// Nobody sits at a terminal to type it.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  constexpr std::string_view ours = "\x08http/1.1";
  // OpenSSL's signature: what comes out points into `ours`, and is not written to.
  auto* out = const_cast<unsigned char**>(chosen);
  const int found = SSL_select_next_proto(out, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                          static_cast<unsigned int>(ours.size()), offered, offered_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// False: the library has none of what is asked for.
bool choose_rules(SSL_CTX* made) {
  SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection keeps no buffers; output moves while it waits.
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);  // tickets do
  SSL_CTX_set_alpn_select_cb(made, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

}  // namespace

result<tls_keeper::context> tls_keeper::load(const tls_files& files) {
  constexpr std::string_view first = "server.certificate", second = "server.private_key";
  if (const std::string why = unreadable(files.certificate); !why.empty())
    return wrong(first, files.certificate, "cannot be read: " + why);
  if (const std::string why = unreadable(files.private_key); !why.empty())
    return wrong(second, files.private_key, "cannot be read: " + why);
  ERR_clear_error();
  const context made(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!made || !choose_rules(made.get()))
    return error{errc::certificate, "TLS is not to be had: " + last_reason()};
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(made.get(), no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(made.get(), &asked);
  if (SSL_CTX_use_certificate_chain_file(made.get(), files.certificate.c_str()) != 1)
    return wrong(first, files.certificate, "is not a certificate in PEM form: " + last_reason());
  const bool usable =
      SSL_CTX_use_PrivateKey_file(made.get(), files.private_key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(made.get(), nullptr);
  if (asked) {
    return wrong(
        second, files.private_key,
        "is locked by a passphrase, which nobody can be asked for: unlock it with `openssl pkey -in " +
            files.private_key + "`");
  }
  if (!usable && ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH)
    return wrong(second, files.private_key, "does not belong to the certificate in " + files.certificate);
  if (!usable) return wrong(second, files.private_key, "is not a private key in PEM form: " + last_reason());
  if (SSL_CTX_check_private_key(made.get()) != 1)
    return wrong(second, files.private_key, "does not belong to the certificate in " + files.certificate);
  return made;
}

tls_keeper::context tls_keeper::current() const {
  const std::lock_guard held(guard_);
  return now_;
}

void tls_keeper::replace(context next) {
  const std::lock_guard held(guard_);
  now_ = std::move(next);
}

}  // namespace hawser::net
