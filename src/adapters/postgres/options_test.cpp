#include "adapters/postgres/options.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace marquee::postgres {
namespace {

using std::chrono::milliseconds;

std::string value_of(const PostgresOptions& options, const std::string& keyword) {
  for (const auto& [name, value] : options.connection) {
    if (name == keyword) return value;
  }
  return "(none)";
}

TEST(PostgresOptions, ReadsAUri) {
  const auto options = PostgresOptions::parse("postgresql://marquee:s3cret@db:15432/moviedb");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(value_of(*options, "host"), "db");
  EXPECT_EQ(value_of(*options, "port"), "15432");
  EXPECT_EQ(value_of(*options, "user"), "marquee");
  EXPECT_EQ(value_of(*options, "password"), "s3cret");
  EXPECT_EQ(value_of(*options, "dbname"), "moviedb");
  EXPECT_EQ(options->schema, "public");
  EXPECT_EQ(options->pool_size, 16U);
}

TEST(PostgresOptions, DecodesSpecialCharacters) {
  const auto options = PostgresOptions::parse("postgresql://a%40b:p%3A%2F%25@[::1]/m%20db");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(value_of(*options, "user"), "a@b");
  EXPECT_EQ(value_of(*options, "password"), "p:/%");
  EXPECT_EQ(value_of(*options, "host"), "::1");
  EXPECT_EQ(value_of(*options, "dbname"), "m db");
}

TEST(PostgresOptions, TakesItsOwnParametersAndLeavesLibpqTheRest) {
  const auto options = PostgresOptions::parse(
      "postgresql://h/db?schema=marquee_2&sslmode=require&pool_size=3&pool_wait_ms=7"
      "&connect_timeout_ms=100&read_timeout_ms=40&write_timeout_ms=9000&application_name=x");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->schema, "marquee_2");
  EXPECT_EQ(options->pool_size, 3U);
  EXPECT_EQ(options->pool_wait, milliseconds(7));
  EXPECT_EQ(options->connect_timeout, milliseconds(100));
  EXPECT_EQ(options->read_timeout, milliseconds(40));
  EXPECT_EQ(options->write_timeout, milliseconds(9'000));
  EXPECT_EQ(value_of(*options, "sslmode"), "require");
  EXPECT_EQ(value_of(*options, "application_name"), "x");
  EXPECT_EQ(value_of(*options, "schema"), "(none)");
}

TEST(PostgresOptions, RefusesWhatItCannotReadAndNeverRepeatsThePassword) {
  for (const std::string uri :
       {"", "mysql://u:s3cret@h/db", "postgresql://u:s3cret@h", "postgresql://u:s3cret@h/",
        "postgresql://u:s3cret@h/db?nonsense=1", "postgresql://u:s3cret@h/db?schema=",
        "postgresql://u:s3cret@h/db?schema=Robert'); DROP TABLE movies",
        "postgresql://u:s3cret%ZZ@h/db", "postgresql://u:s3cret@h/db?schema=pg_x",
        "postgresql://u:s3cret@h/db?schema=9a", "postgresql://u:s3cret@h/db?pool_size=0",
        "postgresql://u:s3cret@h/db?pool_size=many",
        "postgresql://u:s3cret@h/db?read_timeout_ms=-1", "postgresql://u:s3cret@h/db?schema"}) {
    const auto options = PostgresOptions::parse(uri);
    ASSERT_FALSE(options.ok()) << uri;
    EXPECT_EQ(options.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(options.error().message.find("s3cret"), std::string::npos) << options.error().message;
  }
  EXPECT_FALSE(PostgresOptions::parse(std::string_view("postgresql://h/d\0b", 17)).ok());
}

TEST(PostgresOptions, ShowsWhereItIsWithoutThePassword) {
  EXPECT_EQ(PostgresOptions::parse("postgresql://u:s3cret@h:99/db?schema=x")->to_string(),
            "postgresql://u@h:99/db");
  EXPECT_EQ(PostgresOptions::parse("postgres://h/db")->to_string().find("s3cret"),
            std::string::npos);
}

}  // namespace
}  // namespace marquee::postgres
