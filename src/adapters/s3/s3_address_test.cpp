#include "adapters/s3/s3_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<S3Address> from(const std::string& text) {
  return S3Address::from(ServiceUri::parse(text).value());
}

std::string refusal(const std::string& text) {
  const auto address = from(text);
  EXPECT_FALSE(address.ok()) << text;
  if (address.ok()) return "";
  EXPECT_EQ(address.error().code, ErrorCode::kInvalidArgument);
  return address.error().message;
}

TEST(S3AddressTest, IsAmazonsByDefault) {
  const auto address = from("s3://lakehouse").value();
  EXPECT_EQ(address.bucket, "lakehouse");
  EXPECT_EQ(address.prefix, "");
  EXPECT_EQ(address.endpoint, "");
  EXPECT_TRUE(address.tls);
  EXPECT_EQ(address.region, "us-east-1");
}

TEST(S3AddressTest, TakesPrefixEndpointAndRegion) {
  const auto address =
      from("s3://lakehouse/team/a/?endpoint=http://127.0.0.1:9000&region=eu-central-1").value();
  EXPECT_EQ(address.prefix, "team/a");
  EXPECT_EQ(address.endpoint, "127.0.0.1:9000");
  EXPECT_FALSE(address.tls);
  EXPECT_EQ(address.region, "eu-central-1");
  EXPECT_EQ(from("s3://lakehouse?endpoint=https://minio.example")->endpoint, "minio.example");
  EXPECT_TRUE(from("s3://lakehouse?endpoint=https://minio.example")->tls);
  EXPECT_EQ(from("s3://lakehouse?endpoint=http://[::1]:9000")->endpoint, "[::1]:9000");
}

TEST(S3AddressTest, NamesWhatIsWrong) {
  EXPECT_THAT(refusal("http://lakehouse"), HasSubstr("S3"));
  EXPECT_THAT(refusal("s3://Lake_house"), HasSubstr("'Lake_house'"));
  EXPECT_THAT(refusal("s3://ab"), HasSubstr("'ab'"));
  EXPECT_THAT(refusal("s3://lakehouse-"), HasSubstr("'lakehouse-'"));
  EXPECT_THAT(refusal("s3://lakehouse:9000"), HasSubstr("port"));
  EXPECT_THAT(refusal("s3://lakehouse/a//b"), HasSubstr("'a//b'"));
  EXPECT_THAT(refusal("s3://lakehouse/../b"), HasSubstr("prefix"));
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=ftp://h"), HasSubstr("endpoint"));
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=h:9000"), HasSubstr("scheme"));
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=http://h/path"), HasSubstr("endpoint"));
  EXPECT_THAT(refusal("s3://lakehouse?region="), HasSubstr("region"));
  EXPECT_THAT(refusal("s3://lakehouse?endpont=http://h"), HasSubstr("'endpont'"));
}

TEST(S3AddressTest, BelievesAnAuthorityOfOnesOwnUnderHttpsOnly) {
  const std::string system = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_EQ(from("s3://lakehouse?ca_file=" + system)->ca_file, system);
  EXPECT_EQ(from("s3://lakehouse")->ca_file, "");
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=http://h:1&ca_file=" + system), HasSubstr("https"));
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=https://h:1&ca_file=/no/ca.pem"),
              HasSubstr("/no/ca.pem"));
}

TEST(S3AddressTest, RefusesKeysInTheUriWithoutRepeatingThem) {
  const std::string message = refusal("s3://AKIA:hunter2@lakehouse");
  EXPECT_THAT(message, HasSubstr("environment"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(refusal("s3://lakehouse?secret_key=hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(refusal("s3://lakehouse?endpoint=http://u:hunter2@h"), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace marquee::s3
