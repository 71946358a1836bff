#include "testing/fake_event_log.h"

#include "ports/contract/event_log_contract.h"

namespace marquee::testing {
namespace {

class FakeLogHarness {
 public:
  EventLog& log() { return log_; }
  ManualClock& clock() { return clock_; }
  void restart() {}  // memory outlives a restart
  void stall() { log_.hold(); }
  void go_on() { log_.release(); }
  void break_writes() { log_.fail_appends({ErrorCode::kUnavailable, "the disk is broken"}); }
  void damage_first() { log_.fail_reads({ErrorCode::kDataLoss, "the first record is damaged"}); }
  std::size_t queue_events_max() const { return 1'000; }

 private:
  ManualClock clock_;
  FakeEventLog log_{clock_, {.queue_events_max = 1'000}};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Fake, EventLogContract, FakeLogHarness);

TEST(FakeEventLog, RepairMakesItWorkAgain) {
  const ManualClock clock;
  FakeEventLog log(clock);
  log.fail_appends({ErrorCode::kResourceExhausted, "full"});
  log.fail_reads({ErrorCode::kDataLoss, "damaged"});
  EXPECT_FALSE(log.read(Cursor{}, 1, std::chrono::milliseconds(0)).ok());
  log.repair();
  EXPECT_TRUE(log.health().ok());
  bool accepted = false;
  log.append({EventBuilder("u", "m").pending()},
             [&](const auto& outcome) { accepted = outcome.ok(); });
  EXPECT_TRUE(accepted);
  EXPECT_TRUE(log.read(Cursor{}, 1, std::chrono::milliseconds(0)).ok());
}

TEST(FakeEventLog, CanHoldARepeatAsAKafkaTopicDoes) {
  const ManualClock clock;
  FakeEventLog log(clock);
  const auto event = EventBuilder("u", "m").id(1);
  EXPECT_EQ(log.push_unchecked(event.build(), event.fingerprint()).sequence, 0U);
  EXPECT_EQ(log.push_unchecked(event.build(), event.fingerprint()).sequence, 1U);
  EXPECT_EQ(log.records().size(), 2U);
}

}  // namespace
}  // namespace marquee::testing
