#include "adapters/postgres/error.h"

#include <gtest/gtest.h>

#include "base/json_writer.h"

namespace marquee::postgres {
namespace {

ErrorCode code_of(std::string_view sqlstate) {
  return postgres_error(sqlstate, "words", "where").code;
}

TEST(PostgresError, ADiskThatIsFullIsNoMereUnavailability) {
  EXPECT_EQ(code_of("53100"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of("53200"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("53300"), ErrorCode::kUnavailable);
}

TEST(PostgresError, WhatMaySucceedWhenTriedAgainIsUnavailable) {
  for (const auto* state : {"08006", "40001", "40P01", "55P03", "57014", "57P01", "57P03", "25006",
                            "25P03", "26000", "58030"}) {
    EXPECT_EQ(code_of(state), ErrorCode::kUnavailable) << state;
  }
}

TEST(PostgresError, WhatTheCallerGaveIsInvalid) {
  for (const auto* state : {"22021", "22P02", "22P05", "54000"}) {
    EXPECT_EQ(code_of(state), ErrorCode::kInvalidArgument) << state;
  }
  EXPECT_EQ(code_of("23505"), ErrorCode::kConflict);
}

TEST(PostgresError, WhatADbaMustDoIsAPrecondition) {
  EXPECT_EQ(code_of("28P01"), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(code_of("3D000"), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(code_of("42501"), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(code_of("42P01"), ErrorCode::kFailedPrecondition);
  const Error missing = postgres_error("0A000", "extension \"vector\" is not available", "where");
  EXPECT_EQ(missing.code, ErrorCode::kFailedPrecondition);
  EXPECT_NE(missing.message.find("pgvector"), std::string::npos);
}

TEST(PostgresError, DamagedStorageIsDataLossAndTheRestABug) {
  EXPECT_EQ(code_of("XX001"), ErrorCode::kDataLoss);
  EXPECT_EQ(code_of("XX002"), ErrorCode::kDataLoss);
  EXPECT_EQ(code_of("42601"), ErrorCode::kInternal);
  EXPECT_EQ(code_of(""), ErrorCode::kInternal);
}

TEST(PostgresError, SaysWhatFailedWhereAndWhatToDoInOneLine) {
  EXPECT_EQ(
      postgres_error("53100", "could not extend file\nDETAIL: secret", "storing in db").message,
      "storing in db: could not extend file (SQLSTATE 53100); free space on the server's disk");
  EXPECT_EQ(connection_error("no answer", "reading from db").message,
            "reading from db: no answer; try again");
  EXPECT_EQ(connection_error("no answer", "db").code, ErrorCode::kUnavailable);
}

TEST(PostgresError, ACertificateThatDoesNotSuitIsForAPersonToMend) {
  for (const auto* message :
       {"connection to server at \"h\" (127.0.0.1), port 1 failed: SSL error: certificate verify "
        "failed",
        "connection to server at \"h\", port 1 failed: server certificate for \"db\" does not "
        "match "
        "host name \"h\"",
        "connection to server at \"h\", port 1 failed: root certificate file \"/no.pem\" does not "
        "exist\nEither provide the file or change sslmode to disable server certificate "
        "verification.",
        "connection to server at \"h\", port 1 failed: server does not support SSL, but SSL was "
        "required"}) {
    const Error error = connection_error(message, "connecting to db");
    EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition) << message;
    EXPECT_NE(error.message.find("sslrootcert"), std::string::npos);
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
  }
}

TEST(PostgresError, AHandshakeThatBreaksOffIsTriedAgain) {
  for (const auto* message :
       {"SSL SYSCALL error: EOF detected", "SSL SYSCALL error: Connection reset",
        "SSL connection has been closed unexpectedly"}) {
    EXPECT_EQ(connection_error(message, "db").code, ErrorCode::kUnavailable) << message;
  }
}

TEST(PostgresError, IsUtf8AndShortWhateverTheServerSaid) {
  const Error error = connection_error("\xb1 " + std::string(10'000, 'x'), "here");
  EXPECT_TRUE(is_valid_utf8(error.message));
  EXPECT_LT(error.message.size(), 1'200U);
  EXPECT_TRUE(is_valid_utf8(postgres_error("57P01", "\xb1", "here").message));
}

TEST(PostgresError, KnowsTheLastWordsOfAConnection) {
  EXPECT_TRUE(ends_the_connection("57P01"));
  EXPECT_TRUE(ends_the_connection("25P03"));
  EXPECT_TRUE(ends_the_connection("25006")) << "the primary is elsewhere now";
  EXPECT_TRUE(ends_the_connection("26000")) << "its prepared statements are gone";
  EXPECT_FALSE(ends_the_connection("57014"));
  EXPECT_FALSE(ends_the_connection("23505"));
}

}  // namespace
}  // namespace marquee::postgres
