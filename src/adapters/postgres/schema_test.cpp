#include "adapters/postgres/schema.h"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace marquee::postgres {
namespace {

TEST(Migrations, AreNumberedFromOneAndNamed) {
  int version = 0;
  for (const Migration& step : migrations()) {
    EXPECT_EQ(step.version, ++version);
    EXPECT_STRNE(step.name, "");
  }
  EXPECT_GE(version, 5);
}

TEST(Migrations, AreWhatADbaReads) {
  std::ifstream file("deploy/postgres/001_folded_state.sql");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(migrations().front().sql, text);
  EXPECT_STREQ(migrations().front().name, "folded state");
}

TEST(Migrations, LeaveTransactionsToTheProgram) {
  for (const Migration& step : migrations()) {
    EXPECT_EQ(std::string(step.sql).find("COMMIT;"), std::string::npos) << step.name;
    EXPECT_EQ(std::string(step.sql).find("CONCURRENTLY"), std::string::npos) << step.name;
  }
}

TEST(VectorVersion, MustHaveIterativeScans) {
  for (const auto* good : {"0.8", "0.8.0", "0.8.5", "0.10.1", "1.0", "2"}) {
    EXPECT_TRUE(check_vector_version(good, {}).ok()) << good;
  }
  for (const auto* old : {"0.7.4", "0.5", "0", "", "unknown"}) {
    const auto refused = check_vector_version(old, {});
    ASSERT_FALSE(refused.ok()) << old;
    EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(refused.error().message.find("ALTER EXTENSION vector UPDATE"), std::string::npos);
  }
}

}  // namespace
}  // namespace marquee::postgres
