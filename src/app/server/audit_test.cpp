#include "app/server/audit.h"

#include <gtest/gtest.h>

namespace marquee::app {
namespace {

using namespace std::chrono_literals;

/// A log of which only the end is asked; it is known late, as when another process wrote to it.
class LateEnd final : public EventLog {
 public:
  explicit LateEnd(std::vector<Cursor> ends) : ends_(std::move(ends)) {}
  void append(std::vector<PendingEvent>, Completion done) override {
    done(Error{ErrorCode::kFailedPrecondition, "for reading"});
  }
  Result<LogBatch> read(const Cursor& from, std::size_t, std::chrono::milliseconds) override {
    return LogBatch{{}, from};
  }
  Cursor end() const override { return ends_[std::min(asked_++, ends_.size() - 1)]; }
  Durability durability() const override { return Durability::kPower; }
  Result<void> health() const override { return health_; }
  void fail() { health_ = Error{ErrorCode::kUnavailable, "no broker answers"}; }
  std::size_t asked() const { return asked_; }

 private:
  const std::vector<Cursor> ends_;
  mutable std::size_t asked_ = 0;
  Result<void> health_;
};

Cursor cursor(std::uint64_t first, std::uint64_t second) {
  Cursor at;
  at.set_next(0, first);
  at.set_next(1, second);
  return at;
}

TEST(Audit, SumsOverAllPartitions) {
  const LateEnd log({cursor(10, 7)});
  const auto audit = audit_of(log, {cursor(8, 7), {12, 2, 1, 500}});
  EXPECT_EQ(audit->accepted, 17U);
  EXPECT_EQ(audit->pending, 2U);
  EXPECT_TRUE(audit->holds());
}

TEST(Audit, APartitionThatNobodyFoldedYetIsPendingWhole) {
  const LateEnd log({cursor(3, 5)});
  const auto audit = audit_of(log, {});
  EXPECT_EQ(audit->pending, 8U);
  EXPECT_TRUE(audit->holds());
}

TEST(Audit, AsksTheLogAgainWhenAnotherProcessHasFoldedBehindItsKnownEnd) {
  const LateEnd log({cursor(3, 5), cursor(3, 5), cursor(4, 6)});
  const auto audit = audit_of(log, {cursor(4, 5), {9, 0, 0, 0}});
  EXPECT_EQ(audit->accepted, 10U);
  EXPECT_EQ(audit->pending, 1U);
  EXPECT_TRUE(audit->holds());
  EXPECT_EQ(log.asked(), 3U);
}

TEST(Audit, DoesNotHoldWhenTheStateIsAheadOfItsLog) {
  const LateEnd log({cursor(3, 5)});
  const auto audit = audit_of(log, {cursor(4, 5), {9, 0, 0, 0}}, 1ms);
  EXPECT_EQ(audit->accepted, 8U);
  EXPECT_EQ(audit->pending, 0U) << "and not a number below zero";
  EXPECT_FALSE(audit->holds());
}

TEST(Audit, SaysThatTheLogDoesNotAnswerInsteadOfASumThatDoesNotHold) {
  LateEnd log({cursor(3, 5)});
  log.fail();
  const auto audit = audit_of(log, {cursor(4, 5), {9, 0, 0, 0}}, 1ms);
  ASSERT_FALSE(audit.ok());
  EXPECT_EQ(audit.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(audit_of(log, {cursor(3, 4), {7, 0, 0, 0}}, 1ms)->holds())
      << "what is known is right";
}

}  // namespace
}  // namespace marquee::app
