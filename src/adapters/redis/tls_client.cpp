#include "adapters/redis/tls_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>
#include <system_error>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

namespace marquee::redis {
namespace {

/// No SIGPIPE comes to this thread while it lives: OpenSSL writes to a socket without MSG_NOSIGNAL,
/// and a command that does not ignore the signal would end without a word.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

/// The oldest of OpenSSL's errors of this thread, which is the cause of the others.
std::string openssl_reason() {
  const unsigned long code = ERR_peek_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "the connection was closed" : reason;
}

Error unusable(std::string_view parameter, const std::string& path) {
  return {ErrorCode::kInvalidArgument, "the parameter '" + std::string(parameter) + "' names " +
                                           path +
                                           ", which OpenSSL does not take: " + openssl_reason()};
}

Result<void> use_files(SSL_CTX* context, const TlsFiles& files) {
  MARQUEE_CHECK(files.check());
  ERR_clear_error();
  if (files.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_file(context, files.ca_file.c_str()) != 1) {
    return unusable("ca_file", files.ca_file);
  }
  if (files.cert_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, files.cert_file.c_str()) != 1) {
    return unusable("cert_file", files.cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("key_file", files.key_file);
  }
  return {};
}

}  // namespace

void TlsClient::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsStream::Free::operator()(ssl_st* stream) const { SSL_free(stream); }

Result<std::shared_ptr<const TlsClient>> TlsClient::load(const TlsFiles& files) {
  std::shared_ptr<TlsClient> client(new TlsClient(SSL_CTX_new(TLS_client_method())));
  SSL_CTX* const context = client->context_.get();
  if (context == nullptr) return Error{ErrorCode::kInternal, "OpenSSL: " + openssl_reason()};
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // What a write did not take may lie elsewhere when it is tried again.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  MARQUEE_CHECK(use_files(context, files));
  return std::shared_ptr<const TlsClient>(std::move(client));
}

Result<TlsStream> TlsClient::on(int socket, const std::string& host) const {
  TlsStream stream(SSL_new(context_.get()));
  SSL* const ssl = stream.stream_.get();
  if (ssl == nullptr || SSL_set_fd(ssl, socket) != 1) {
    return Error{ErrorCode::kUnavailable, "OpenSSL: " + openssl_reason()};
  }
  // A certificate for an address names it as an address, and nobody asks for one by such a name.
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  if (!is_address &&
      (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1)) {
    return Error{ErrorCode::kInvalidArgument, "'" + host + "' is no name of a host"};
  }
  SSL_set_connect_state(ssl);
  return stream;
}

Result<TlsStream::Progress> TlsStream::shake_hands() {
  const NoPipeSignal guard;
  ERR_clear_error();
  return after(SSL_do_handshake(stream_.get()), "shaking hands");
}

Result<TlsStream::Progress> TlsStream::read(std::span<char> into) {
  const int size = static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX));
  const NoPipeSignal guard;  // TLS may write to read: a new key, an alert
  ERR_clear_error();
  return after(SSL_read(stream_.get(), into.data(), size), "reading");
}

Result<TlsStream::Progress> TlsStream::write(std::string_view bytes) {
  const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
  const NoPipeSignal guard;
  ERR_clear_error();
  return after(SSL_write(stream_.get(), bytes.data(), size), "writing");
}

Result<TlsStream::Progress> TlsStream::after(int outcome, std::string_view doing) {
  if (outcome > 0) return Progress{static_cast<std::size_t>(outcome), 0};
  switch (SSL_get_error(stream_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return Progress{0, POLLIN};
    case SSL_ERROR_WANT_WRITE:
      return Progress{0, POLLOUT};
    default:
      return failure(doing);
  }
}

Error TlsStream::failure(std::string_view doing) const {
  const int system_error = errno;
  const long verified = SSL_get_verify_result(stream_.get());
  if (verified != X509_V_OK) {
    return {ErrorCode::kFailedPrecondition,
            std::string("the server's certificate is not believed: ") +
                X509_verify_cert_error_string(verified) +
                "; check ca_file and the host of the setting cache"};
  }
  std::string reason = openssl_reason();
  if (ERR_peek_error() == 0 && system_error != 0) {
    reason = std::generic_category().message(system_error);
  }
  return {ErrorCode::kUnavailable, "TLS, " + std::string(doing) + ": " + reason};
}

}  // namespace marquee::redis
