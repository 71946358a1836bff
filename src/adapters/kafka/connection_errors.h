#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/kafka/client_config.h"
#include "base/result.h"

namespace marquee::kafka {

/// Why a client's connections fail. Whoever waits for an answer hears of it as "timed out" only,
/// and a wrong password or certificate is worth no waiting. One thread at a time.
class ConnectionErrors {
 public:
  ConnectionErrors() = default;
  ConnectionErrors(const ConnectionErrors&) = delete;
  ConnectionErrors& operator=(const ConnectionErrors&) = delete;

  /// To the client that `config` makes, which must not outlive this.
  void listen(ClientConfig& config);
  /// Takes notice of what failed since. To be called now and then, or it piles up.
  void look(rd_kafka_t* client);

  /// Takes notice of one, as librdkafka tells it.
  void note(rd_kafka_resp_err_t code, std::string_view reason);

  /// kPermissionDenied when the brokers and this client do not let each other in, naming
  /// `brokers`, the setting and what in it to look at. Waiting does not help.
  std::optional<Error> refusal(std::string_view brokers) const;
  /// What failed last; empty before anything did.
  const std::string& last() const { return last_; }

 private:
  enum class Cause { kOther, kCertificate, kPassword };

  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);

  std::string last_;
  Cause cause_ = Cause::kOther;
};

}  // namespace marquee::kafka
