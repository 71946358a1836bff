// A lock of a session keeps another session out for as long as it lives.
#include <gtest/gtest.h>

#include "adapters/postgres/session_lock.h"
#include "platform/postgres_for_test.h"

namespace marquee::testing {
namespace {

using postgres::PostgresSessionLock;

TEST(PostgresSessionLock, IsHadByOneSessionUntilThatEnds) {
  const PostgresHarness installation{};
  const auto& options = installation.schema().options();
  {
    const auto first = PostgresSessionLock::try_acquire(options, "runs");
    ASSERT_TRUE(first.ok()) << first.error().message;
    ASSERT_TRUE(first->has_value());
    EXPECT_FALSE(PostgresSessionLock::try_acquire(options, "runs")->has_value());
    EXPECT_TRUE(PostgresSessionLock::try_acquire(options, "run_log")->has_value())
        << "another lock";
  }
  EXPECT_TRUE(PostgresSessionLock::try_acquire(options, "runs")->has_value());
}

TEST(PostgresSessionLock, OfAnotherInstallationIsAnotherOne) {
  const PostgresHarness one{};
  const PostgresHarness two{};
  const auto first = PostgresSessionLock::try_acquire(one.schema().options(), "runs");
  const auto second = PostgresSessionLock::try_acquire(two.schema().options(), "runs");
  EXPECT_TRUE(first->has_value() && second->has_value());
}

}  // namespace
}  // namespace marquee::testing
