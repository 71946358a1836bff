// Goal: whatever an operator's command changes without a server stands in the audit log, with who,
// what, on what and how it ended; and nothing is changed that could not be written down.

#include "app/local_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/backup/backup.h"
#include "app/backup/restore.h"
#include "app/commands/commands.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "testing/fake_audit_log.h"
#include "testing/manual_clock.h"

namespace marquee::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LocalAuditTest : public ::testing::Test {
 protected:
  std::vector<AuditEntry> entries() const { return log_.list(std::nullopt, 10).value().entries; }

  testing::FakeAuditLog log_;
  testing::ManualClock clock_;
  LocalAudit audit_{log_, clock_, "import", "ratings\n\xc3\xbc.csv"};
};

TEST_F(LocalAuditTest, WritesThatItIsAskedForAndThenHowItEnded) {
  const auto made = audit_.around([&]() -> Result<int> {
    EXPECT_EQ(entries().size(), 1U);
    EXPECT_EQ(entries().front().status, std::nullopt);
    clock_.advance(std::chrono::seconds(3));
    return 7;
  });
  EXPECT_EQ(made.value(), 7);
  const auto found = entries();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].of, found[1].seq);
  EXPECT_EQ(found[0].status, 200);
  EXPECT_EQ(found[0].at_ms, found[1].at_ms + 3'000);
  EXPECT_THAT(found[1].actor, StartsWith("command line, user "));
  EXPECT_EQ(found[1].role, "admin");
  EXPECT_EQ(found[1].target, "ratings???.csv");
}

TEST_F(LocalAuditTest, AFailureIsWrittenDownAndComesThroughAsItIs) {
  const auto failed = audit_.around(
      []() -> Result<void> { return Error{ErrorCode::kDataLoss, "the file is torn"}; });
  EXPECT_EQ(failed.error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(failed.error().message, "the file is torn");
  EXPECT_EQ(entries().front().status, 500);
}

TEST_F(LocalAuditTest, NothingIsDoneThatCannotBeWrittenDown) {
  log_.fail_next_writes(1, {ErrorCode::kUnavailable, "away"});
  bool tried = false;
  const auto refused = audit_.around([&]() -> Result<void> {
    tried = true;
    return {};
  });
  EXPECT_FALSE(refused.ok());
  EXPECT_FALSE(tried);
}

TEST_F(LocalAuditTest, SaysWhenWhatWasDoneCouldNotBeWrittenDown) {
  const auto done = audit_.around([&]() -> Result<void> {
    log_.fail_next_writes(1, {ErrorCode::kUnavailable, "away"});
    return {};
  });
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().message, HasSubstr("it was done, and the audit log does not say so"));
}

class AuditedCommands : public SmallDatasetTest {
 protected:
  /// "ACTION TARGET STATUS" of each entry, oldest first; a beginning has "-".
  static std::vector<std::string> written(const Settings& settings) {
    std::vector<std::string> lines;
    const auto storage = Storage::open_reader(settings);
    EXPECT_TRUE(storage.ok()) << storage.error().message;
    const auto page = (*storage)->stores->audit.list(std::nullopt, 100);
    for (const AuditEntry& entry : page->entries) {
      const std::string status = entry.status ? std::to_string(*entry.status) : "-";
      lines.insert(lines.begin(), fmt::format("{} {} {}", entry.action, entry.target, status));
    }
    return lines;
  }
  std::vector<std::string> written() const { return written(loaded_.settings); }
  Result<void> import(const std::string& name) {
    ::testing::internal::CaptureStderr();
    auto done = commands::import_dataset(loaded_, name);
    ::testing::internal::GetCapturedStderr();
    return done;
  }
  LoadedSettings at(const std::string& name) const {
    LoadedSettings there = loaded_;
    there.settings.data_dir = (root_ / name).string();
    return there;
  }
};

TEST_F(AuditedCommands, AnImportAndOneThatIsRefused) {
  ASSERT_TRUE(import(dataset().string()).ok());
  ASSERT_FALSE(import("synthetic").ok()) << "other data are there";
  EXPECT_THAT(written(), ElementsAre("import " + dataset().string() + " -",
                                     "import " + dataset().string() + " 200", "import synthetic -",
                                     "import synthetic 500"));
}

TEST_F(AuditedCommands, ARebuildButNotAComparison) {
  ASSERT_TRUE(import(dataset().string()).ok());
  ASSERT_TRUE(commands::rebuild(loaded_, true).ok());
  EXPECT_EQ(written().size(), 2U);
  ASSERT_TRUE(commands::rebuild(loaded_, false).ok());
  EXPECT_EQ(written()[2], "rebuild state -");
  EXPECT_EQ(written()[3], "rebuild state 200");
}

TEST_F(AuditedCommands, AModelThatAStagePutsIntoServiceWithoutAServer) {
  ASSERT_TRUE(import(dataset().string()).ok());
  ASSERT_TRUE(commands::batch(loaded_, {}).ok());
  const auto lines = written();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[2], StartsWith("batch publish als_"));
  EXPECT_THAT(lines[3], HasSubstr(" 200"));
}

TEST_F(AuditedCommands, ARestoreStandsBehindWhatTheBackupHad) {
  ASSERT_TRUE(import(dataset().string()).ok());
  const auto backup = root_ / "backup";
  ASSERT_TRUE(back_up(loaded_.settings, backup, [](const auto&) {}).ok());
  const LoadedSettings there = at("restored");
  ASSERT_TRUE(restore(backup, there.settings, [](const auto&) {}).ok());
  EXPECT_THAT(written(there.settings), ElementsAre("import " + dataset().string() + " -",
                                                   "import " + dataset().string() + " 200",
                                                   "restore " + backup.string() + " 200"));
  EXPECT_EQ(written().size(), 2U) << "where it came from nothing was done";
}

TEST_F(AuditedCommands, AMigrationStandsAtBothPlaces) {
  ASSERT_TRUE(import(dataset().string()).ok());
  const LoadedSettings there = at("target");
  const std::string from = loaded_.settings.data_dir;
  const std::string to = there.settings.data_dir;
  ASSERT_TRUE(commands::migrate_data({from, to, true}).ok());
  EXPECT_EQ(written().back(), "migrate-data " + to + " 200");
  EXPECT_EQ(written(there.settings).back(), "migrate-data " + from + " 200");
  const auto storage = Storage::open_reader(there.settings);
  const auto newest = (*storage)->stores->audit.list(std::nullopt, 2)->entries;
  EXPECT_EQ(newest[0].of, newest[1].seq);
  EXPECT_EQ(newest[1].status, std::nullopt);
  ASSERT_FALSE(commands::migrate_data({from, to, true}).ok()) << "no longer empty";
  EXPECT_EQ(written().back(), "migrate-data " + to + " 500");
}

}  // namespace
}  // namespace marquee::app
