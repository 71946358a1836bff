#include "adapters/kafka/connection_errors.h"

#include <fmt/format.h>

namespace marquee::kafka {

void ConnectionErrors::listen(ClientConfig& config) {
  rd_kafka_conf_set_error_cb(config.get(), on_error);
  rd_kafka_conf_set_opaque(config.get(), this);
}

void ConnectionErrors::look(rd_kafka_t* client) { rd_kafka_poll(client, 0); }

void ConnectionErrors::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  static_cast<ConnectionErrors*>(opaque)->note(static_cast<rd_kafka_resp_err_t>(code), reason);
}

void ConnectionErrors::note(rd_kafka_resp_err_t code, std::string_view reason) {
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // the sum of what was told before
  last_ = reason;
  const auto says = [&](std::string_view what) { return reason.find(what) != reason.npos; };
  // A broker that dies within a handshake is an error of TLS or of SASL, too, and time mends it.
  const bool is_lost = says("Local: Broker transport failure") || says("Local: Timed out");
  const bool is_certificate = code == RD_KAFKA_RESP_ERR__SSL && says("certificate");
  const bool is_password = (code == RD_KAFKA_RESP_ERR__AUTHENTICATION && !is_lost) ||
                           code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
  cause_ = is_certificate ? Cause::kCertificate : is_password ? Cause::kPassword : Cause::kOther;
}

std::optional<Error> ConnectionErrors::refusal(std::string_view brokers) const {
  if (cause_ == Cause::kOther) return std::nullopt;
  return Error{ErrorCode::kPermissionDenied,
               fmt::format("{}: {}; check {} of the setting events", brokers, last_,
                           cause_ == Cause::kCertificate ? "ca_file, cert_file and the host names"
                                                         : "user, password and sasl_mechanism")};
}

}  // namespace marquee::kafka
