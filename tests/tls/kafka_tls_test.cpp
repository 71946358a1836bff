// A broker that lets in by certificate and password, and what an operator reads when it does not.
#include <future>
#include <memory>

#include "adapters/kafka/kafka_event_log.h"
#include "adapters/kafka/kafka_partition_group.h"
#include "base/clock.h"
#include "testing/event_builder.h"
#include "tls/servers.h"

namespace marquee::testing {
namespace {

using kafka::KafkaEventLog;
using kafka::KafkaOptions;
using std::chrono::milliseconds;
using Outcome = Result<std::vector<AppendOutcome>>;

const SystemClock kKafkaClock;

class KafkaTlsTest : public ::testing::Test {
 protected:
  /// Of the listener at `url`, with time-outs that end a test that hangs.
  KafkaOptions options(const std::string& url, const std::string& parameters) const {
    auto options = KafkaOptions::parse(url + "/" + topic_ + "?" + parameters);
    EXPECT_TRUE(options.ok()) << options.error().message;
    if (!options.ok()) return {};
    options->answer_timeout = std::chrono::seconds(20);
    return *std::move(options);
  }
  static Result<std::unique_ptr<KafkaEventLog>> open(const KafkaOptions& options) {
    return KafkaEventLog::open(options, kKafkaClock);
  }
  static Error refusal(const KafkaOptions& options) {
    const auto log = open(options);
    EXPECT_FALSE(log.ok()) << "was let in";
    return log.ok() ? Error{} : log.error();
  }
  /// Appends an event and reads it back.
  static void expect_works(const KafkaOptions& options) {
    const auto log = open(options);
    ASSERT_TRUE(log.ok()) << log.error().message;
    std::promise<Outcome> promise;
    (*log)->append({EventBuilder("u1", "m").id(1).pending()},
                   [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
    const Outcome outcome = promise.get_future().get();
    ASSERT_TRUE(outcome.ok()) << outcome.error().message;
    Cursor at = (*log)->begin();
    const Offset offset = outcome->front().offset;
    at.set_next(offset.partition, offset.sequence);
    const auto batch = (*log)->read(at, 1, milliseconds(10'000));
    ASSERT_TRUE(batch.ok()) << batch.error().message;
    EXPECT_EQ(batch->records.size(), 1U);
  }

  const std::string topic_ = unique_name();
  const std::string url_ = stack_variable("STACK_KAFKA_URL");
  const std::string tls_ = stack_variable("STACK_KAFKA_PARAMETERS");
  const std::string secret_ = password_of(url_);
};

TEST_F(KafkaTlsTest, EventsGoUnderTlsWithScram) { expect_works(options(url_, tls_)); }

TEST_F(KafkaTlsTest, EventsGoUnderTlsWithAPlainPassword) {
  expect_works(options(url_, with(tls_, "SCRAM-SHA-256", "PLAIN")));
}

TEST_F(KafkaTlsTest, EventsGoWithScramAndWithoutTls) {
  expect_works(options(stack_variable("STACK_KAFKA_PASSWORD_URL"), "sasl_mechanism=SCRAM-SHA-256"));
}

TEST_F(KafkaTlsTest, AMemberOfTheGroupGetsItsPartitions) {
  const KafkaOptions with_tls = options(url_, tls_ + "&group=" + topic_);
  expect_works(with_tls);
  const auto group = kafka::KafkaPartitionGroup::join(with_tls);
  ASSERT_TRUE(group.ok()) << group.error().message;
  const auto share = (*group)->wait_for_change(0, milliseconds(60'000));
  EXPECT_EQ(share.partitions.size(), 4U);
}

TEST_F(KafkaTlsTest, AWrongPasswordIsToldAtOnceForEachMechanism) {
  for (const char* mechanism : {"SCRAM-SHA-256", "PLAIN"}) {
    const auto begun = std::chrono::steady_clock::now();
    const Error error =
        refusal(options(with(url_, secret_, "hunter2"), with(tls_, "SCRAM-SHA-256", mechanism)));
    EXPECT_EQ(error.code, ErrorCode::kPermissionDenied) << mechanism;
    expect_one_line(error, {"127.0.0.1:", "password", "setting events"}, "hunter2");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15))
        << "it waited for an answer that cannot come";
  }
}

TEST_F(KafkaTlsTest, AMechanismThatTheBrokerDoesNotHaveIsNamed) {
  const Error error = refusal(options(url_, with(tls_, "SCRAM-SHA-256", "SCRAM-SHA-512")));
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  expect_one_line(error, {"SCRAM-SHA-512", "sasl_mechanism"}, secret_);
}

TEST_F(KafkaTlsTest, AnAuthorityThatDoesNotVouchForItIsToldAtOnce) {
  const Error error = refusal(options(url_, with(tls_, authority(), kStrangers)));
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  expect_one_line(error, {"127.0.0.1:", "certificate", "ca_file", "setting events"}, secret_);
}

TEST_F(KafkaTlsTest, ACertificateForAnotherHostIsNotBelieved) {
  const Error error = refusal(options(with(url_, "127.0.0.1", "localhost"), tls_));
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  expect_one_line(error, {"localhost:", "host names"}, secret_);
}

TEST_F(KafkaTlsTest, AFileOfAuthoritiesThatIsMissingIsNamedBeforeAnybodyIsAsked) {
  const Error error = refusal(options(url_, with(tls_, authority(), "/no/such/ca.pem")));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  expect_one_line(error, {"'ca_file'", "/no/such/ca.pem", "No such file"}, secret_);
}

TEST_F(KafkaTlsTest, WhoSpeaksPlainlyToTlsIsToldWhatMayBeWrong) {
  KafkaOptions plain = options(url_, "sasl_mechanism=SCRAM-SHA-256");
  plain.answer_timeout = std::chrono::seconds(2);
  const Error error = refusal(plain);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable) << "a broker that starts looks the same";
  expect_one_line(error, {"127.0.0.1:", "SSL"}, secret_);
}

}  // namespace
}  // namespace marquee::testing
