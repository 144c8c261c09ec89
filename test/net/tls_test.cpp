// TLS behind the byte stream, with a certificate that is made here; what real clients make of it is tested in
// Python.
#include "net/tls_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include "client.hpp"
#include "running_server.hpp"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace hawser::net::test {
namespace {

using namespace std::chrono_literals;

template <class T, void (*Free)(T*)>
struct freeing {
  void operator()(T* what) const { Free(what); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY, EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freeing<X509, X509_free>>;

/// A key and a certificate that it has signed itself, in files that go with this.
struct identity {
  explicit identity(const std::string& name) {
    const auto folder = std::filesystem::temp_directory_path();
    files.certificate = (folder / ("hawser_tls_test_" + name + ".pem")).string();
    files.private_key = (folder / ("hawser_tls_test_" + name + ".key")).string();
    std::string curve = "P-256";
    const key_ptr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.data()));
    const certificate_ptr made(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(), subject);
    X509_sign(made.get(), key.get(), EVP_sha256());
    std::FILE* const certificate_file = std::fopen(files.certificate.c_str(), "w");
    PEM_write_X509(certificate_file, made.get());
    std::fclose(certificate_file);
    std::FILE* const key_file = std::fopen(files.private_key.c_str(), "w");
    PEM_write_PrivateKey(key_file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key_file);
  }
  ~identity() {
    std::filesystem::remove(files.certificate);
    std::filesystem::remove(files.private_key);
  }
  identity(const identity&) = delete;
  identity& operator=(const identity&) = delete;

  tls_files files;
};

/// A blocking client; everything it does throws when it fails.
class tls_client {
 public:
  explicit tls_client(const boost::asio::ip::tcp::endpoint& where) : socket_(io_) {
    socket_.connect(where);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket_.native_handle());
    if (SSL_connect(tls_.get()) != 1) throw std::runtime_error("no handshake");
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t sent = 0;
      if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent) != 1)
        throw std::runtime_error("not sent");
      bytes.remove_prefix(sent);
    }
  }
  [[nodiscard]] std::string receive_until(std::string_view text) {
    while (in_.find(text) == std::string::npos) {
      std::array<char, 4096> some{};
      std::size_t got = 0;
      if (SSL_read_ex(tls_.get(), some.data(), some.size(), &got) != 1)
        throw std::runtime_error("closed: " + in_);
      in_.append(some.data(), got);
    }
    const std::size_t end = in_.find(text) + text.size();
    std::string taken = in_.substr(0, end);
    in_.erase(0, end);
    return taken;
  }
  /// The server says goodbye before it closes.
  [[nodiscard]] bool ends_well() {
    char byte = 0;
    std::size_t got = 0;
    return SSL_read_ex(tls_.get(), &byte, 1, &got) != 1 &&
           SSL_get_error(tls_.get(), 0) == SSL_ERROR_ZERO_RETURN;
  }
  [[nodiscard]] std::string server_name() const {
    const certificate_ptr shown(SSL_get1_peer_certificate(tls_.get()));
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string in_;
  std::unique_ptr<SSL_CTX, freeing<SSL_CTX, SSL_CTX_free>> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, freeing<SSL, SSL_free>> tls_;
};

net_options with(const identity& who) {
  net_options options;
  options.tls = std::make_shared<tls_keeper>(tls_keeper::load(who.files).value());
  return options;
}

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(requests_and_streams_go_through) {
  const identity one("one");
  running_server s(with(one));
  tls_client c(s.where());
  c.send(get("/health"));
  BOOST_TEST(c.receive_until(R"({"status":"ok"})").starts_with("HTTP/1.1 200 "));
  c.send(post("/predict", R"({"text":"count 3","stream":true})"));
  BOOST_TEST(c.receive_until("0\r\n\r\n").find("data: [DONE]") != std::string::npos);
  // More than one record, and than the socket holds, both ways.
  c.send(post("/tokenize", R"({"prompt":")" + std::string(1'000'000, 'x') + R"("})"));
  BOOST_TEST(c.receive_until("\"token_strs\":null}").find("200 OK") != std::string::npos);
  std::string many;
  for (int i = 0; i < 500; ++i) many += get("/");
  c.send(many);
  for (int i = 0; i < 500; ++i) (void)c.receive_until("}}\n");
  c.send(get("/health", "Connection: close\r\n"));
  BOOST_TEST(c.receive_until("}").find("200 OK") != std::string::npos);
  BOOST_TEST(c.ends_well());
}

BOOST_AUTO_TEST_CASE(who_leaves_in_the_middle_is_cancelled) {
  const identity one("leaves");
  running_server s(with(one));
  {
    tls_client c(s.where());
    c.send(post("/predict", R"({"text":"hang","stream":true})"));
    BOOST_TEST_REQUIRE(s.wait_generate());
  }
  BOOST_TEST(s.wait_cancel());
}

BOOST_AUTO_TEST_CASE(another_certificate_is_for_those_who_come_later) {
  const identity one("first"), two("second");
  const net_options options = with(one);
  running_server s(options);
  tls_client before(s.where());
  BOOST_TEST(before.server_name() == "first");
  options.tls->replace(tls_keeper::load(two.files).value());
  tls_client after(s.where());
  BOOST_TEST(after.server_name() == "second");
  for (tls_client* const c : {&before, &after}) {
    c->send(get("/health"));
    BOOST_TEST(c->receive_until(R"("ok"})").find("200 OK") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(nonsense_and_plain_http_are_told_or_closed) {
  const identity one("nonsense");
  running_server s(with(one));
  client plain(s.where());
  plain.send(get("/health"));
  const client_response told = plain.receive();
  BOOST_TEST(told.status == 400);
  BOOST_TEST(told.body.find("https://") != std::string::npos);
  client nonsense(s.where());
  nonsense.send(std::string(100, '\0'));
  tls_client good(s.where());
  good.send(get("/health"));
  BOOST_TEST(good.receive_until(R"("ok"})").find("200 OK") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_handshake_has_the_headers_time) {
  const identity one("slow");
  net_options options = with(one);
  options.limits.header_time = 50ms;
  running_server s(options);
  client silent(s.where());
  BOOST_TEST(silent.at_end());
  client slow(s.where());
  slow.send(std::string_view("\x16\x03\x01\x02", 4));
  BOOST_TEST(slow.at_end());
}

BOOST_AUTO_TEST_CASE(files_that_do_not_fit_are_named) {
  const identity one("fits"), two("not");
  const auto said = [](const std::string& certificate, const std::string& key) {
    const auto loaded = tls_keeper::load({certificate, key});
    return loaded.has_error() ? loaded.error().what : "";
  };
  BOOST_TEST(said(one.files.certificate, one.files.private_key).empty());
  BOOST_TEST(said(one.files.certificate, two.files.private_key) ==
             "server.private_key: " + two.files.private_key + " does not belong to the certificate in " +
                 one.files.certificate);
  BOOST_TEST(
      said("/nothing", one.files.private_key).starts_with("server.certificate: /nothing cannot be read: "));
  BOOST_TEST(said(one.files.private_key, one.files.private_key).find("is not a certificate in PEM form: ") !=
             std::string::npos);
  BOOST_TEST(said(one.files.certificate, one.files.certificate).find("is not a private key in PEM form: ") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
