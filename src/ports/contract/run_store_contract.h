#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ports/run_store.h"

namespace marquee::testing {

/// What every RunStore must do. `Harness` is default-constructible with an empty store and has
///   RunStore& store();
template <typename Harness>
class RunStoreContract : public ::testing::Test {
 protected:
  static constexpr std::int64_t kTtl = 1'000;
  static constexpr std::int64_t kNow = 1'000'000;

  RunStore& store() { return harness_.store(); }
  /// The token of a lease that "a" holds.
  std::uint64_t token() { return store().acquire("a", kTtl, kNow).value().value().token; }

  // `Run` alone would be a member of ::testing::Test here.
  static marquee::Run a_run(const std::string& id, RunStatus status = RunStatus::kQueued) {
    marquee::Run run;
    run.id = id;
    run.pipeline = "batch";
    run.logical_date = "2026-11-24";
    run.status = status;
    run.created_at_ms = kNow;
    return run;
  }
  static StageAttempt an_attempt(const std::string& stage, std::int32_t number) {
    StageAttempt attempt;
    attempt.stage = stage;
    attempt.attempt = number;
    attempt.started_at_ms = kNow;
    return attempt;
  }
  void create(std::uint64_t token, const marquee::Run& run) {
    const auto created = store().create(token, run);
    ASSERT_TRUE(created.ok()) << created.error().message;
  }
  /// `count` lines "0", "1", … of `stage`.
  static std::vector<RunLogLine> lines_of(const std::string& stage, std::size_t count) {
    std::vector<RunLogLine> lines;
    for (std::size_t i = 0; i < count; ++i) lines.push_back({0, stage, 1, kNow, std::to_string(i)});
    return lines;
  }
  std::vector<std::string> ids(const RunPage& page) const {
    std::vector<std::string> found;
    for (const marquee::Run& run : page.runs) found.push_back(run.id);
    return found;
  }

  Harness harness_;
};

TYPED_TEST_SUITE_P(RunStoreContract);

TYPED_TEST_P(RunStoreContract, StartsEmpty) {
  EXPECT_FALSE(this->store().lease()->has_value());
  EXPECT_TRUE(this->store().list(std::nullopt, std::nullopt, 10)->runs.empty());
  EXPECT_FALSE(this->store().find("x")->has_value());
  EXPECT_FALSE(this->store().active("batch")->has_value());
  EXPECT_TRUE(this->store().stages("x")->empty());
  EXPECT_TRUE(this->store().log("x", std::nullopt, 0, 10)->empty());
  EXPECT_FALSE(this->store().dealt_until("batch")->has_value());
  EXPECT_FALSE(this->store().last_success("batch")->has_value());
}

TYPED_TEST_P(RunStoreContract, GivesTheLeaseToOneHolderAtATime) {
  const auto first = this->store().acquire("a", this->kTtl, this->kNow);
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_EQ(**first, (Lease{"a", 1, this->kNow + this->kTtl}));
  EXPECT_FALSE(this->store().acquire("b", this->kTtl, this->kNow)->has_value());
  EXPECT_FALSE(this->store().acquire("b", this->kTtl, this->kNow + this->kTtl - 1)->has_value());
  EXPECT_EQ(*this->store().lease(), *first);
}

TYPED_TEST_P(RunStoreContract, GrowsTheTokenByOneWithEveryTakeover) {
  for (std::uint64_t turn = 1; turn <= 5; ++turn) {
    const auto now = this->kNow + static_cast<std::int64_t>(turn) * this->kTtl;
    const auto lease = this->store().acquire(turn % 2 == 0 ? "a" : "b", this->kTtl, now);
    ASSERT_TRUE(lease.ok() && lease->has_value());
    EXPECT_EQ((*lease)->token, turn);
  }
}

TYPED_TEST_P(RunStoreContract, LetsAHolderThatHasTheLeaseKeepItsToken) {
  const auto token = this->token();
  const auto again = this->store().acquire("a", this->kTtl, this->kNow + 500);
  EXPECT_EQ(**again, (Lease{"a", token, this->kNow + 500 + this->kTtl}));
  const auto renewed = this->store().renew(token, this->kTtl, this->kNow + 900);
  EXPECT_EQ(*renewed, (Lease{"a", token, this->kNow + 900 + this->kTtl}));
  EXPECT_FALSE(this->store().acquire("b", this->kTtl, this->kNow + 1'500)->has_value());
}

TYPED_TEST_P(RunStoreContract, GivesAFreshTokenToAHolderWhoseLeaseHadExpired) {
  const auto token = this->token();
  const auto later = this->store().acquire("a", this->kTtl, this->kNow + this->kTtl);
  EXPECT_EQ((*later)->token, token + 1);
}

TYPED_TEST_P(RunStoreContract, FreesTheLeaseOnRelease) {
  const auto token = this->token();
  ASSERT_TRUE(this->store().release(token).ok());
  const auto next = this->store().acquire("b", this->kTtl, this->kNow);
  ASSERT_TRUE(next->has_value());
  EXPECT_EQ((*next)->token, token + 1);
  ASSERT_TRUE(this->store().release(token).ok()) << "a late release";
  EXPECT_FALSE(this->store().acquire("c", this->kTtl, this->kNow)->has_value());
}

TYPED_TEST_P(RunStoreContract, TakesALeaseFromAFarFutureForExpired) {
  ASSERT_TRUE(this->store().acquire("a", this->kTtl, this->kNow * 1'000)->has_value());
  EXPECT_TRUE(this->store().acquire("b", this->kTtl, this->kNow)->has_value())
      << "the clock was set back by years";
}

TYPED_TEST_P(RunStoreContract, RefusesEveryWriteUnderAnOldTokenAndChangesNothing) {
  const auto old = this->token();
  this->create(old, this->a_run("r1", RunStatus::kRunning));
  ASSERT_TRUE(this->store().acquire("b", this->kTtl, this->kNow + this->kTtl)->has_value());
  const auto lines = this->lines_of("train", 1);
  const std::vector<Result<void>> outcomes{
      this->store().create(old, this->a_run("r2")),
      this->store().update(old, this->a_run("r1", RunStatus::kSucceeded)),
      this->store().put_stage(old, "r1", this->an_attempt("train", 1)),
      this->store().append_log(old, "r1", lines),
      this->store().set_dealt_until(old, "batch", 5),
      this->store().prune(old, "batch", 0)};
  for (const auto& outcome : outcomes) {
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, ErrorCode::kFailedPrecondition);
  }
  EXPECT_FALSE(this->store().renew(old, this->kTtl, this->kNow).ok());
  EXPECT_EQ((*this->store().find("r1"))->status, RunStatus::kRunning);
  EXPECT_FALSE(this->store().find("r2")->has_value());
  EXPECT_TRUE(this->store().stages("r1")->empty());
  EXPECT_TRUE(this->store().log("r1", std::nullopt, 0, 10)->empty());
  EXPECT_FALSE(this->store().dealt_until("batch")->has_value());
}

TYPED_TEST_P(RunStoreContract, RefusesTokensThatWereNeverGivenOut) {
  EXPECT_EQ(this->store().create(0, this->a_run("r1")).error().code,
            ErrorCode::kFailedPrecondition);
  const auto token = this->token();
  EXPECT_EQ(this->store().create(token + 1, this->a_run("r1")).error().code,
            ErrorCode::kFailedPrecondition);
}

TYPED_TEST_P(RunStoreContract, LetsAnExpiredLeaseWriteThatNobodyTook) {
  const auto token = this->token();
  ASSERT_TRUE(this->store().release(token).ok());
  EXPECT_TRUE(this->store().create(token, this->a_run("r1")).ok());
}

TYPED_TEST_P(RunStoreContract, KeepsEveryFieldOfARun) {
  const auto token = this->token();
  Run run = this->a_run("r1");
  run.trigger = RunTrigger::kScheduled;
  run.params = R"({"logical_date":"2026-11-24"})";
  run.due_at_ms = this->kNow + 1;
  this->create(token, run);
  EXPECT_EQ(*this->store().find("r1"), run);
  run.trigger = RunTrigger::kRetry;
  run.status = RunStatus::kFailed;
  run.cancel_requested = true;
  run.round = 2;
  run.detail = "stage train failed: exit code 1 ☹";
  run.started_at_ms = this->kNow + 2;
  run.ended_at_ms = this->kNow + 3;
  ASSERT_TRUE(this->store().update(token, run).ok());
  EXPECT_EQ(*this->store().find("r1"), run);
}

TYPED_TEST_P(RunStoreContract, HasEveryRunIdOnce) {
  const auto token = this->token();
  this->create(token, this->a_run("r1", RunStatus::kSucceeded));
  EXPECT_EQ(this->store().create(token, this->a_run("r1")).error().code, ErrorCode::kConflict);
  EXPECT_EQ((*this->store().find("r1"))->status, RunStatus::kSucceeded);
}

TYPED_TEST_P(RunStoreContract, HasOneActiveRunAPipeline) {
  const auto token = this->token();
  this->create(token, this->a_run("r1"));
  EXPECT_EQ(this->store().create(token, this->a_run("r2")).error().code, ErrorCode::kConflict);
  Run other = this->a_run("r3");
  other.pipeline = "other";
  this->create(token, other);
  this->create(token, this->a_run("r4", RunStatus::kFailed));
  EXPECT_EQ((*this->store().active("batch"))->id, "r1");
  EXPECT_EQ(this->store().update(token, this->a_run("r4")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(this->store().update(token, this->a_run("r1", RunStatus::kRunning)).ok());
  ASSERT_TRUE(this->store().update(token, this->a_run("r1", RunStatus::kSucceeded)).ok());
  EXPECT_FALSE(this->store().active("batch")->has_value());
  EXPECT_TRUE(this->store().update(token, this->a_run("r4")).ok());
  EXPECT_EQ((*this->store().active("batch"))->id, "r4");
}

TYPED_TEST_P(RunStoreContract, KnowsNoRunThatWasNotCreated) {
  const auto token = this->token();
  const auto lines = this->lines_of("train", 1);
  EXPECT_EQ(this->store().update(token, this->a_run("r1")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(this->store().put_stage(token, "r1", this->an_attempt("train", 1)).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(this->store().append_log(token, "r1", lines).error().code, ErrorCode::kNotFound);
}

TYPED_TEST_P(RunStoreContract, DealsWithATickInTheStepThatMakesItsRun) {
  const auto token = this->token();
  ASSERT_TRUE(this->store().set_dealt_until(token, "batch", 100).ok());
  Run run = this->a_run("r1", RunStatus::kSucceeded);
  run.due_at_ms = 200;
  this->create(token, run);
  EXPECT_EQ(*this->store().dealt_until("batch"), 200);
  run.due_at_ms = 300;
  EXPECT_FALSE(this->store().create(token, run).ok()) << "the id exists";
  EXPECT_EQ(*this->store().dealt_until("batch"), 200);
  ASSERT_TRUE(this->store().set_dealt_until(token, "batch", 50).ok()) << "it may begin anew";
  EXPECT_EQ(*this->store().dealt_until("batch"), 50);
  EXPECT_FALSE(this->store().dealt_until("other")->has_value());
}

TYPED_TEST_P(RunStoreContract, PagesThroughRunsNewestFirst) {
  const auto token = this->token();
  for (int i = 0; i < 7; ++i) {
    this->create(token, this->a_run("r" + std::to_string(i),
                                    i % 2 == 0 ? RunStatus::kSucceeded : RunStatus::kFailed));
  }
  std::vector<std::string> seen;
  std::optional<std::uint64_t> before;
  do {
    const auto page = this->store().list(std::nullopt, before, 3);
    for (const auto& id : this->ids(*page)) seen.push_back(id);
    before = page->next_before;
  } while (before);
  EXPECT_EQ(seen, (std::vector<std::string>{"r6", "r5", "r4", "r3", "r2", "r1", "r0"}));
  const auto failed = this->store().list(RunStatus::kFailed, std::nullopt, 2);
  EXPECT_EQ(this->ids(*failed), (std::vector<std::string>{"r5", "r3"}));
  const auto rest = this->store().list(RunStatus::kFailed, failed->next_before, 2);
  EXPECT_EQ(this->ids(*rest), (std::vector<std::string>{"r1"}));
  EXPECT_FALSE(rest->next_before.has_value());
}

TYPED_TEST_P(RunStoreContract, ReplacesAnAttemptAndKeepsTheOrder) {
  const auto token = this->token();
  this->create(token, this->a_run("r1"));
  StageAttempt first = this->an_attempt("train", 1);
  ASSERT_TRUE(this->store().put_stage(token, "r1", first).ok());
  StageAttempt second = this->an_attempt("train", 2);
  second.round = 2;
  ASSERT_TRUE(this->store().put_stage(token, "r1", second).ok());
  ASSERT_TRUE(this->store().put_stage(token, "r1", this->an_attempt("evaluate", 1)).ok());
  first.status = StageStatus::kFailed;
  first.exit_code = 1;
  first.detail = "exit code 1";
  first.ended_at_ms = this->kNow + 9;
  ASSERT_TRUE(this->store().put_stage(token, "r1", first).ok());
  const auto stages = this->store().stages("r1");
  EXPECT_EQ(*stages, (std::vector<StageAttempt>{first, second, this->an_attempt("evaluate", 1)}));
}

TYPED_TEST_P(RunStoreContract, NumbersLogLinesAndPagesThroughThem) {
  const auto token = this->token();
  this->create(token, this->a_run("r1"));
  ASSERT_TRUE(this->store().append_log(token, "r1", this->lines_of("train", 3)).ok());
  ASSERT_TRUE(this->store().append_log(token, "r1", this->lines_of("evaluate", 2)).ok());
  ASSERT_TRUE(this->store().append_log(token, "r1", {}).ok());
  const auto page = this->store().log("r1", std::nullopt, 1, 3);
  ASSERT_EQ(page->size(), 3U);
  EXPECT_EQ((*page)[0], (RunLogLine{2, "train", 1, this->kNow, "1"}));
  EXPECT_EQ((*page)[2], (RunLogLine{4, "evaluate", 1, this->kNow, "0"}));
  const auto evaluate = this->store().log("r1", "evaluate", 0, 10);
  ASSERT_EQ(evaluate->size(), 2U);
  EXPECT_EQ((*evaluate)[1].seq, 5U);
  EXPECT_TRUE(this->store().log("r1", std::nullopt, 5, 10)->empty());
}

TYPED_TEST_P(RunStoreContract, KeepsTheNewestLinesAndCutsLongOnes) {
  const auto token = this->token();
  this->create(token, this->a_run("r1"));
  ASSERT_TRUE(this->store().append_log(token, "r1", this->lines_of("train", 20)).ok());
  ASSERT_TRUE(
      this->store().append_log(token, "r1", this->lines_of("train", kRunLogLinesMax - 10)).ok());
  const auto all = this->store().log("r1", std::nullopt, 0, 2 * kRunLogLinesMax);
  ASSERT_EQ(all->size(), kRunLogLinesMax);
  EXPECT_EQ(all->front().seq, 11U);
  EXPECT_EQ(all->back().seq, kRunLogLinesMax + 10);
  const std::vector<RunLogLine> wide{{0, "train", 1, 0, std::string(10'000, 'x')}};
  ASSERT_TRUE(this->store().append_log(token, "r1", wide).ok());
  const auto last = this->store().log("r1", std::nullopt, kRunLogLinesMax + 10, 10);
  ASSERT_EQ(last->size(), 1U);
  EXPECT_EQ(last->front().text, cut_log_line(std::string(10'000, 'x')));
  EXPECT_EQ(last->front().text.size(), kRunLogLineBytesMax);
}

TYPED_TEST_P(RunStoreContract, PrunesTheOldestFinishedRunsWithAllTheyHave) {
  const auto token = this->token();
  this->create(token, this->a_run("active"));
  for (const char* id : {"r1", "r2", "r3"}) {
    this->create(token, this->a_run(id, RunStatus::kSucceeded));
    ASSERT_TRUE(this->store().put_stage(token, id, this->an_attempt("train", 1)).ok());
    ASSERT_TRUE(this->store().append_log(token, id, this->lines_of("train", 2)).ok());
  }
  ASSERT_TRUE(this->store().prune(token, "other", 0).ok());
  ASSERT_TRUE(this->store().prune(token, "batch", 1).ok());
  EXPECT_EQ(this->ids(*this->store().list(std::nullopt, std::nullopt, 10)),
            (std::vector<std::string>{"r3", "active"}));
  EXPECT_TRUE(this->store().stages("r1")->empty());
  EXPECT_TRUE(this->store().log("r2", std::nullopt, 0, 10)->empty());
  EXPECT_EQ(this->store().log("r3", std::nullopt, 0, 10)->size(), 2U);
}

TYPED_TEST_P(RunStoreContract, RemembersTheLastSuccess) {
  const auto token = this->token();
  Run run = this->a_run("r1", RunStatus::kSucceeded);
  run.ended_at_ms = 50;
  this->create(token, run);
  run.id = "r2";
  run.ended_at_ms = 40;
  this->create(token, run);
  run.id = "r3";
  run.status = RunStatus::kFailed;
  run.ended_at_ms = 90;
  this->create(token, run);
  EXPECT_EQ(*this->store().last_success("batch"), 50);
  EXPECT_FALSE(this->store().last_success("other")->has_value());
}

REGISTER_TYPED_TEST_SUITE_P(RunStoreContract, StartsEmpty, GivesTheLeaseToOneHolderAtATime,
                            GrowsTheTokenByOneWithEveryTakeover,
                            LetsAHolderThatHasTheLeaseKeepItsToken,
                            GivesAFreshTokenToAHolderWhoseLeaseHadExpired, FreesTheLeaseOnRelease,
                            TakesALeaseFromAFarFutureForExpired,
                            RefusesEveryWriteUnderAnOldTokenAndChangesNothing,
                            RefusesTokensThatWereNeverGivenOut,
                            LetsAnExpiredLeaseWriteThatNobodyTook, KeepsEveryFieldOfARun,
                            HasEveryRunIdOnce, HasOneActiveRunAPipeline,
                            KnowsNoRunThatWasNotCreated, DealsWithATickInTheStepThatMakesItsRun,
                            PagesThroughRunsNewestFirst, ReplacesAnAttemptAndKeepsTheOrder,
                            NumbersLogLinesAndPagesThroughThem, KeepsTheNewestLinesAndCutsLongOnes,
                            PrunesTheOldestFinishedRunsWithAllTheyHave, RemembersTheLastSuccess);

}  // namespace marquee::testing
