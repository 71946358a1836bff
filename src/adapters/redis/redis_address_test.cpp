#include "adapters/redis/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace marquee::redis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Result<RedisAddress> from(const char* text) {
  return RedisAddress::from(ServiceUri::parse(text).value());
}

TEST(RedisAddressTest, HasDefaultsForAllButTheHost) {
  const auto address = from("redis://cache").value();
  EXPECT_EQ(address.host, "cache");
  EXPECT_EQ(address.port, 6379);
  EXPECT_EQ(address.database, 0);
  EXPECT_FALSE(address.password);
}

TEST(RedisAddressTest, TakesUserPasswordPortAndDatabase) {
  const auto address = from("redis://ann:hunter2@[::1]:6380/3").value();
  EXPECT_EQ(address.host, "::1");
  EXPECT_EQ(address.port, 6380);
  EXPECT_EQ(address.user, "ann");
  EXPECT_EQ(address.password, "hunter2");
  EXPECT_EQ(address.database, 3);
  EXPECT_THAT(address.shown, Not(HasSubstr("hunter2")));
}

TEST(RedisAddressTest, SpeaksTlsOnlyWhenItIsAskedTo) {
  EXPECT_EQ(from("redis://h").value().tls, nullptr);
  EXPECT_NE(from("rediss://h").value().tls, nullptr);
  EXPECT_EQ(from("rediss://h").value().port, 6379);
}

TEST(RedisAddressTest, NamesWhatIsWrong) {
  const auto message = [](const char* text) {
    const auto address = from(text);
    EXPECT_FALSE(address.ok()) << text;
    return address.ok() ? "" : address.error().message;
  };
  EXPECT_THAT(message("redis://h/movies"), HasSubstr("'movies'"));
  EXPECT_THAT(message("redis://h/-1"), HasSubstr("'-1'"));
  EXPECT_THAT(message("redis://h?db=1"), HasSubstr("'db'"));
  EXPECT_THAT(message("redis://ann@h"), HasSubstr("password"));
  EXPECT_THAT(message("redis://h?ca_file=/ca.pem"), HasSubstr("'ca_file'"))
      << "which would be passed over in silence";
  EXPECT_THAT(message("rediss://h?verify=no"), HasSubstr("'verify'"));
  EXPECT_THAT(message("rediss://:hunter2@h?ca_file=/no/ca.pem"),
              AllOf(HasSubstr("/no/ca.pem"), HasSubstr("'ca_file'"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(message("memcached://h"), HasSubstr("Redis"));
  EXPECT_THAT(message("redis://:hunter2@h/x"), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace marquee::redis
