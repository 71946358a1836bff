#include "adapters/kafka/connection_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::kafka {
namespace {

using ::testing::HasSubstr;

/// What a start says after librdkafka told this; empty: it goes on asking.
std::string refusal_after(rd_kafka_resp_err_t code, std::string_view reason) {
  ConnectionErrors errors;
  errors.note(code, reason);
  const auto refusal = errors.refusal("b:9093");
  EXPECT_TRUE(!refusal || refusal->code == ErrorCode::kPermissionDenied);
  return refusal ? refusal->message : "";
}

TEST(ConnectionErrors, AWrongPasswordIsWorthNoWaiting) {
  EXPECT_THAT(refusal_after(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                            "SASL authentication error: Authentication failed during "
                            "authentication due to invalid credentials"),
              HasSubstr("check user, password"));
}

TEST(ConnectionErrors, ACertificateThatIsNotBelievedIsWorthNoWaiting) {
  EXPECT_THAT(
      refusal_after(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: certificate verify failed"),
      HasSubstr("check ca_file"));
}

TEST(ConnectionErrors, ABrokerThatIsLostWithinAHandshakeIsWaitedFor) {
  EXPECT_EQ(refusal_after(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                          "SASL authentication error: SaslAuthenticateRequest failed: Local: "
                          "Broker transport failure (after 0ms in state DOWN)"),
            "");
  EXPECT_EQ(refusal_after(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                          "SASL authentication error: SaslHandshakeRequest failed: Local: Timed "
                          "out (after 5000ms in state AUTH_HANDSHAKE)"),
            "");
  EXPECT_EQ(refusal_after(RD_KAFKA_RESP_ERR__SSL, "SSL handshake failed: unexpected eof"), "");
}

TEST(ConnectionErrors, TheSumOfAllBrokersDoesNotHideWhyEachIsAway) {
  ConnectionErrors errors;
  errors.note(RD_KAFKA_RESP_ERR__AUTHENTICATION, "invalid credentials");
  errors.note(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_TRUE(errors.refusal("b:9093"));
  EXPECT_EQ(errors.last(), "invalid credentials");
}

}  // namespace
}  // namespace marquee::kafka
