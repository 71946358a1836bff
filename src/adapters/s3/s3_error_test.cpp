#include "adapters/s3/s3_error.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::s3 {
namespace {

using ::testing::HasSubstr;

Error error_for(const std::string& text) {
  S3Address address;
  address.bucket = "lakehouse";
  address.shown = "s3://lakehouse";
  return error_of(text, address);
}

// Messages as Arrow 26 makes them.
TEST(S3Error, NamesABucketThatIsMissingAndWhatToDo) {
  const Error error = error_for(
      "When uploading key 'a' in bucket 'lakehouse': AWS Error NO_SUCH_BUCKET during PutObject "
      "operation: The specified bucket does not exist");
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("'lakehouse'"));
  EXPECT_THAT(error.message, HasSubstr("create it"));
}

TEST(S3Error, TellsKeysThatMayNotFromAServerThatIsAway) {
  for (const char* kind : {"ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH"}) {
    const Error error = error_for(std::string("When listing: AWS Error ") + kind +
                                  " during ListObjectsV2 operation: no");
    EXPECT_EQ(error.code, ErrorCode::kPermissionDenied) << kind;
    EXPECT_THAT(error.message, HasSubstr(kind));
  }
  for (const char* kind : {"NETWORK_CONNECTION", "REQUEST_TIMEOUT", "SLOW_DOWN", "INTERNAL_FAILURE",
                           "SERVICE_UNAVAILABLE", "A_NEW_ONE"}) {
    const Error error = error_for(std::string("When reading: AWS Error ") + kind +
                                  " during GetObject operation: curlCode: 7, Couldn't connect");
    EXPECT_EQ(error.code, ErrorCode::kUnavailable) << kind;
    EXPECT_THAT(error.message, HasSubstr(kind));
    EXPECT_THAT(error.message, HasSubstr("s3://lakehouse: "));
  }
}

TEST(S3Error, ACertificateThatIsNotBelievedIsForAPersonToMend) {
  const auto failed = [](const std::string& curl) {
    return error_for(
        "When listing objects: AWS Error NETWORK_CONNECTION during ListObjectsV2 "
        "operation: " +
        curl);
  };
  for (const char* curl : {"curlCode: 60, SSL peer certificate or SSH remote key was not OK",
                           "curlCode: 77, Problem with the SSL CA cert (path? access rights?)"}) {
    EXPECT_EQ(failed(curl).code, ErrorCode::kFailedPrecondition) << curl;
    EXPECT_THAT(failed(curl).message, HasSubstr("ca_file"));
  }
  EXPECT_EQ(failed("curlCode: 35, SSL connect error").code, ErrorCode::kUnavailable)
      << "a server that ends within a handshake comes back";
  EXPECT_EQ(failed("curlCode: 6, Could not resolve hostname").code, ErrorCode::kUnavailable);
}

TEST(S3Error, IsOneLineOfBoundedLength) {
  const Error error = error_for("first\r\nsecond\x1B[31m" + std::string(5'000, 'x'));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.message.find_first_of("\r\n\x1B"), std::string::npos);
  EXPECT_LT(error.message.size(), 400U);
  EXPECT_EQ(error_for("").code, ErrorCode::kUnavailable);
  EXPECT_EQ(error_for("AWS Error ").code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace marquee::s3
