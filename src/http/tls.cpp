#include "http/tls.h"

#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace marquee::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Error tls_error(const std::string& what, const std::string& file, const error_code& cause) {
  return {ErrorCode::kInvalidArgument, "TLS: cannot use " + what + " " + file + ": " +
                                           cause.message() +
                                           "; give the PEM files of one certificate and its key"};
}

/// HTTP/1.1 is all that is spoken here (RFC 7301).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kSpoken[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, out_size, kSpoken, sizeof kSpoken - 1, offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<std::shared_ptr<ssl::context>> make_context(const std::string& certificate_file,
                                                   const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts.
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // an idle connection costs little
  error_code error;
  context->use_certificate_chain_file(certificate_file, error);
  if (error) return tls_error("the certificate", certificate_file, error);
  context->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) return tls_error("the key", key_file, error);
  return context;
}

}  // namespace

Result<std::unique_ptr<Tls>> Tls::load(const std::string& certificate_file,
                                       const std::string& key_file) {
  std::unique_ptr<Tls> tls(new Tls(certificate_file, key_file));  // NOLINT: private
  MARQUEE_CHECK(tls->reload());
  return tls;
}

Result<void> Tls::reload() {
  MARQUEE_TRY(auto context, make_context(certificate_file_, key_file_));
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  return {};
}

std::shared_ptr<ssl::context> Tls::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace marquee::http
