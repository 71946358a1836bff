// Goal: what was backed up beside a running server comes back as it was, or is refused whole.

#include "app/backup/backup.h"

#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/backup/restore.h"
#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/server/application.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/storage.h"
#include "base/hash.h"
#include "testing/event_builder.h"

namespace marquee::app {
namespace {

namespace fs = std::filesystem;
using marquee::testing::EventBuilder;
using ::testing::HasSubstr;

class BackupTest : public SmallDatasetTest {
 protected:
  /// History, a model and some events that are not folded yet.
  BackupTest() {
    EXPECT_TRUE(commands::import_dataset(loaded_, dataset().string()).ok());
    EXPECT_TRUE(commands::batch(loaded_, {}).ok());
    append(loaded_.settings, 1, 20);
  }

  /// Appends events numbered [from, to) to the log and returns the first one's outcome.
  static AppendOutcome append(const Settings& settings, std::uint64_t from, std::uint64_t to) {
    const auto storage = Storage::open_owner(settings);
    EXPECT_TRUE(storage.ok());
    std::vector<PendingEvent> events;
    for (std::uint64_t i = from; i < to; ++i) events.push_back(event(i).pending());
    std::promise<Result<std::vector<AppendOutcome>>> done;
    (*storage)->log->append(std::move(events), [&](auto outcome) { done.set_value(outcome); });
    const auto outcome = done.get_future().get();
    EXPECT_TRUE(outcome.ok());
    return outcome.ok() ? outcome->front() : AppendOutcome{};
  }
  static EventBuilder event(std::uint64_t number) {
    return EventBuilder("1", std::to_string(number % 40 + 1)).id(number);
  }

  Result<formats::BackupManifest> back_up() const {
    return app::back_up(loaded_.settings, backup_, [](const auto&) {});
  }
  Settings restored_settings(const std::string& name = "restored") const {
    Settings settings = loaded_.settings;
    settings.data_dir = (root_ / name).string();
    return settings;
  }
  Result<Restored> restore(const std::string& name = "restored") const {
    return app::restore(backup_, restored_settings(name), [](const auto&) {});
  }
  /// The films of viewer 1's list, as a server on `settings` answers.
  static std::string list_of(const Settings& settings) {
    const auto application = Application::start(settings);
    EXPECT_TRUE(application.ok()) << application.error().message;
    const auto owner = find_owner(settings);
    const auto answer = ask_owner(**owner, "GET", "/api/recommendations?user_id=1&limit=20");
    EXPECT_TRUE(answer.ok());
    const auto begin = answer->find("\"recommendations\"");
    return answer->substr(begin, answer->find(']', begin) - begin);
  }
  static std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static void write(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
  }

  const fs::path backup_ = root_ / "backup";
};

TEST_F(BackupTest, NamesEveryFileWithItsSizeAndDigestAndNoOther) {
  const auto manifest = back_up();
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->log_end, "e:19");
  std::set<std::string> named;
  for (const auto& file : manifest->files) {
    const std::string content = read(backup_ / file.path);
    EXPECT_EQ(file.bytes, content.size()) << file.path;
    EXPECT_EQ(file.sha256, sha256_hex(std::as_bytes(std::span(content)))) << file.path;
    named.insert(file.path);
  }
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(backup_)) {
    if (entry.is_regular_file()) found.insert(entry.path().lexically_relative(backup_).string());
  }
  EXPECT_EQ(found.erase("backup.json"), 1U);
  EXPECT_EQ(found, named);
  EXPECT_EQ(*read_backup(backup_), *manifest);
}

TEST_F(BackupTest, BesideARunningServerComesBackWithTheSameListsAndTheSameState) {
  std::string before;
  {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok());
    ASSERT_TRUE(back_up().ok());
  }
  before = list_of(loaded_.settings);
  const auto restored = restore();
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  LoadedSettings there = loaded_;
  there.settings = restored_settings();
  EXPECT_TRUE(commands::rebuild(there, true).ok());
  EXPECT_TRUE(commands::audit(there, true).ok());
  EXPECT_EQ(list_of(there.settings), before);
  EXPECT_EQ(read(root_ / "restored" / "operator.token"), read(root_ / "data" / "operator.token"));
  EXPECT_EQ(fs::status(root_ / "restored" / "operator.token").permissions(), fs::perms(0600));
  EXPECT_EQ(fs::status(backup_ / "operator.token").permissions(), fs::perms(0600));
}

TEST_F(BackupTest, ARestoredLogKnowsItsRepeatsAndCountsOn) {
  ASSERT_TRUE(back_up().ok());
  append(loaded_.settings, 100, 110);  // later: not in the backup
  ASSERT_TRUE(restore().ok());
  const AppendOutcome repeat = append(restored_settings(), 5, 6);
  EXPECT_EQ(repeat.status, AppendStatus::kDuplicate);
  EXPECT_EQ(repeat.offset.sequence, 4U);
  EXPECT_EQ(append(restored_settings(), 200, 201).offset.sequence, 19U);
}

TEST_F(BackupTest, AnyDamagedFileIsNamedAndLeavesNothingInPlace) {
  const auto manifest = back_up();
  ASSERT_TRUE(manifest.ok());
  for (const auto& file : manifest->files) {
    const fs::path path = backup_ / file.path;
    const std::string whole = read(path);
    std::string flipped = whole;
    flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
    for (const std::string& damaged : {flipped, whole.substr(1), whole + "x", std::string()}) {
      write(path, damaged);
      const auto refused = restore();
      ASSERT_FALSE(refused.ok()) << file.path;
      EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
      EXPECT_THAT(refused.error().message, HasSubstr(path.string()));
      EXPECT_FALSE(fs::exists(root_ / "restored"));
    }
    fs::remove(path);
    EXPECT_THAT(restore().error().message, HasSubstr(path.string() + " is missing"));
    write(path, whole);
  }
  EXPECT_TRUE(restore().ok()) << "undamaged again";
}

TEST_F(BackupTest, AManifestThatIsDamagedForeignOrAbsentIsNoBackup) {
  ASSERT_TRUE(back_up().ok());
  const std::string whole = read(backup_ / "backup.json");
  write(backup_ / "backup.json", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(restore().error().code, ErrorCode::kDataLoss);
  write(backup_ / "backup.json", R"({"schema":2})");
  const auto newer = restore();
  EXPECT_EQ(newer.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(newer.error().message, HasSubstr("backup.json has schema 2"));
  fs::remove(backup_ / "backup.json");
  EXPECT_THAT(restore().error().message, HasSubstr("is no backup"));
  EXPECT_FALSE(fs::exists(root_ / "restored"));
}

TEST_F(BackupTest, PathsThatLeadOutOfTheBackupAreRefused) {
  ASSERT_TRUE(back_up().ok());
  for (const char* path : {"../escaped", "/tmp/escaped", "a/../../escaped", "", "a//b"}) {
    formats::BackupManifest manifest = *read_backup(backup_);
    const std::string kept = read(backup_ / "backup.json");
    manifest.files.push_back({path, 0, std::string(64, '0')});
    write(backup_ / "backup.json", formats::to_json(manifest));
    EXPECT_EQ(restore().error().code, ErrorCode::kDataLoss) << path;
    write(backup_ / "backup.json", kept);
  }
  EXPECT_FALSE(fs::exists(root_ / "escaped"));
}

TEST_F(BackupTest, ATargetInUseInsideTheDataOrNotEmptyIsRefusedAndUntouched) {
  ASSERT_TRUE(back_up().ok());
  const std::string manifest = read(backup_ / "backup.json");
  EXPECT_THAT(back_up().error().message, HasSubstr("holds a backup already"));
  EXPECT_EQ(read(backup_ / "backup.json"), manifest);
  for (const char* inside : {"data", "data/backup", "data/events/x", "restored/../data/y"}) {
    const auto refused = app::back_up(loaded_.settings, root_ / inside, [](const auto&) {});
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << inside;
  }
  fs::create_directories(root_ / "other");
  write(root_ / "other" / "precious", "x");
  const auto refused = app::back_up(loaded_.settings, root_ / "other", [](const auto&) {});
  EXPECT_THAT(refused.error().message, HasSubstr("not empty"));
  EXPECT_THAT(restore("other").error().message, HasSubstr("not empty"));
  EXPECT_EQ(read(root_ / "other" / "precious"), "x");
}

TEST_F(BackupTest, ARunningServersDirectoryIsNotRestoredInto) {
  ASSERT_TRUE(back_up().ok());
  const auto application = Application::start(loaded_.settings);
  ASSERT_TRUE(application.ok());
  const auto refused = app::restore(backup_, loaded_.settings, [](const auto&) {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr((*application)->address()));
}

TEST_F(BackupTest, DamageAtTheSourceIsFoundBeforeThereIsABackup) {
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "data" / "lakehouse")) {
    if (entry.path().filename().string().starts_with("events-import")) {
      std::string content = read(entry.path());
      content[content.size() / 2] ^= 1;
      write(entry.path(), content);
      const auto refused = back_up();
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code, ErrorCode::kDataLoss);
      EXPECT_THAT(refused.error().message, HasSubstr(entry.path().filename().string()));
      EXPECT_FALSE(fs::exists(backup_));
      return;
    }
  }
  FAIL() << "no imported history";
}

TEST_F(BackupTest, IsNotServedFromAndNeitherIsAHalfRestore) {
  ASSERT_TRUE(back_up().ok());
  Settings settings = loaded_.settings;
  settings.data_dir = backup_.string();
  const auto served = Storage::open_owner(settings);
  ASSERT_FALSE(served.ok());
  EXPECT_THAT(served.error().message, HasSubstr("marquee restore"));
  EXPECT_FALSE(fs::exists(backup_ / "lock")) << "nothing was written to it";
  ASSERT_TRUE(restore().ok());
  write(root_ / "restored" / "unfinished", "marquee restore");
  for (const auto& opened :
       {Storage::open_owner(restored_settings()), Storage::open_reader(restored_settings())}) {
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error().message, HasSubstr("marquee restore was interrupted"));
  }
}

TEST_F(BackupTest, SettingsThatPointElsewhereAreLeftAside) {
  write(root_ / "data" / "marquee.toml", "[train]\nrank = 5\n");
  ASSERT_TRUE(back_up().ok());
  EXPECT_EQ(restore()->settings_aside, "");
  EXPECT_EQ(read(root_ / "restored" / "marquee.toml"), "[train]\nrank = 5\n");
  fs::remove_all(backup_);
  write(root_ / "data" / "marquee.toml", "objects = \"file:/elsewhere\"\n");
  ASSERT_TRUE(back_up().ok());
  EXPECT_NE(restore("second")->settings_aside, "");
  EXPECT_FALSE(fs::exists(root_ / "second" / "marquee.toml"));
  EXPECT_TRUE(fs::exists(root_ / "second" / "marquee.toml.from-backup"));
}

}  // namespace
}  // namespace marquee::app
