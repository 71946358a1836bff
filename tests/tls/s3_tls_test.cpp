// A bucket under https by an authority of one's own, and what an operator reads without it.
#include <optional>

#include "adapters/s3/s3_object_store.h"
#include "adapters/s3/s3_watch.h"
#include "base/clock.h"
#include "base/service_uri.h"
#include "tls/servers.h"

namespace marquee::testing {
namespace {

class S3Client : public ::testing::Environment {
 public:
  void TearDown() override { const s3::S3Runtime ends_here; }
};
const auto* const kClient = ::testing::AddGlobalTestEnvironment(new S3Client);  // NOLINT: gtest's

const SystemClock kS3Clock;

Result<std::unique_ptr<s3::S3ObjectStore>> open_bucket(const std::string& url,
                                                       const std::string& secret) {
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(url));
  MARQUEE_TRY(auto address, s3::S3Address::from(uri));
  s3::S3ObjectStore::Options options;
  options.attempts = 1;
  return s3::S3ObjectStore::open(
      std::move(address), s3::S3Credentials{stack_variable("STACK_S3_ACCESS_KEY"), secret, ""},
      kS3Clock, options);
}

class S3TlsTest : public ::testing::Test {
 protected:
  Error refusal(const std::string& url, const std::optional<std::string>& secret = {}) const {
    const auto store = open_bucket(url, secret.value_or(secret_));
    if (!store.ok()) return store.error();
    const auto keys = (*store)->list("");
    EXPECT_FALSE(keys.ok()) << "was let in";
    return keys.ok() ? Error{} : keys.error();
  }

  const std::string url_ = stack_variable("STACK_S3_URL");
  const std::string secret_ = stack_variable("STACK_S3_SECRET_KEY");
};

TEST_F(S3TlsTest, ObjectsGoUnderTls) {
  const auto store = open_bucket(url_, secret_);
  ASSERT_TRUE(store.ok()) << store.error().message;
  const std::string key = unique_name();
  const std::vector<std::byte> bytes(100'000, std::byte{7});
  const auto put = (*store)->put(key, bytes);
  ASSERT_TRUE(put.ok()) << put.error().message;
  const auto got = (*store)->get(key);
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(*got, bytes);
  EXPECT_TRUE((*store)->remove(key).ok());
}

TEST_F(S3TlsTest, TheWatchSeesAServerUnderTls) {
  const auto address = s3::S3Address::from(ServiceUri::parse(url_).value()).value();
  const auto seen = s3::look_at_s3(address, std::chrono::milliseconds(10'000));
  EXPECT_TRUE(seen.ok()) << seen.error().message;
}

TEST_F(S3TlsTest, AWrongKeyNamesTheBucketAndNotTheKey) {
  const Error error = refusal(url_, "hunter2hunter2");
  EXPECT_EQ(error.code, ErrorCode::kPermissionDenied);
  expect_one_line(error, {"s3://lakehouse", "key"}, "hunter2");
}

TEST_F(S3TlsTest, AnAuthorityThatDoesNotVouchForItIsTold) {
  for (const std::string& url :
       {with(url_, authority(), kStrangers), with(url_, "&ca_file=" + authority(), "")}) {
    const Error error = refusal(url);
    EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
    expect_one_line(error, {"s3://lakehouse", "ca_file", "setting objects"}, secret_);
  }
}

TEST_F(S3TlsTest, ACertificateForAnotherHostIsNotBelieved) {
  const Error error = refusal(with(url_, "127.0.0.1", "localhost"));
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  expect_one_line(error, {"localhost", "host", "setting objects"}, secret_);
}

TEST_F(S3TlsTest, AFileOfAuthoritiesThatIsMissingIsNamed) {
  const Error error = refusal(with(url_, authority(), "/no/such/ca.pem"));
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  expect_one_line(error, {"'ca_file'", "/no/such/ca.pem"}, secret_);
}

}  // namespace
}  // namespace marquee::testing
