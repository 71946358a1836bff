#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/tls_files.h"

struct ssl_ctx_st;
struct ssl_st;

namespace marquee::redis {

/// TLS (1.2 or 1.3) on one connected socket that does not block. A step that cannot go on says what
/// the socket has to be ready for; the caller waits and takes the step again. hiredis 0.14, which
/// Debian 12 has, knows no TLS. One thread at a time.
class TlsStream {
 public:
  /// What a step did. Nothing moved: wait for `wait_for` (poll(2)'s POLLIN or POLLOUT).
  struct Progress {
    std::size_t bytes = 0;
    short wait_for = 0;
  };

  /// Until it returns 0 for `wait_for`. kFailedPrecondition when the certificates do not suit,
  /// which time does not mend; kUnavailable when the connection is lost.
  Result<Progress> shake_hands();
  Result<Progress> read(std::span<char> into);
  Result<Progress> write(std::string_view bytes);

 private:
  friend class TlsClient;
  struct Free {
    void operator()(ssl_st* stream) const;
  };
  explicit TlsStream(ssl_st* stream) : stream_(stream) {}
  Result<Progress> after(int outcome, std::string_view doing);
  Error failure(std::string_view doing) const;

  std::unique_ptr<ssl_st, Free> stream_;
};

/// Whom our connections to one server believe. Threads: any.
class TlsClient {
 public:
  /// kInvalidArgument naming the file that cannot be used. A file that is replaced later is read at
  /// the next start.
  static Result<std::shared_ptr<const TlsClient>> load(const TlsFiles& files);

  /// TLS on `socket`, which stays the caller's. Only a certificate for `host`, a name or an IP
  /// address, will be believed.
  Result<TlsStream> on(int socket, const std::string& host) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsClient(ssl_ctx_st* context) : context_(context) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace marquee::redis
