// Fails the first, the second, the third … call into the file system of one and the same work until
// it goes through: what failed is an error that names the file, and what is there afterwards is the
// old or the new, whole.
#include <cerrno>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/record_reader.h"
#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/files/directory_object_store.h"
#include "adapters/embedded/files/file_copy.h"
#include "adapters/embedded/files/posix_file.h"
#include "adapters/embedded/files/server_file.h"
#include "adapters/embedded/files/unfinished_directory.h"
#include "adapters/embedded/sqlite/fold_reference_for_test.h"
#include "nth_failure/failing_calls.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

namespace fs = std::filesystem;
using marquee::testing::FailingCall;

std::vector<std::byte> bytes(char letter) {
  return std::vector<std::byte>(5'000, static_cast<std::byte>(letter));
}

/// What one try sees: a directory of its own, and the work during which a call fails.
class Try {
 public:
  Try(std::uint64_t n, int error_number) : n_(n), error_number_(error_number) {}

  const fs::path& root() const { return directory_.path(); }
  void during(const std::function<void()>& work) {
    const FailingCall failing(n_, error_number_);
    work();
    reached_ = FailingCall::reached();
  }
  bool reached() const { return reached_; }
  /// Whether `outcome` is ok; an error must say where.
  template <typename T>
  bool ok(const Result<T>& outcome) const {
    if (outcome.ok()) return true;
    EXPECT_NE(outcome.error().message.find(root().string()), std::string::npos)
        << outcome.error().message;
    // SQLite opens for reading only what it cannot open for writing: then the right seems missing.
    EXPECT_TRUE(outcome.error().code == ErrorCode::kUnavailable ||
                outcome.error().code == ErrorCode::kPermissionDenied ||
                outcome.error().code == ErrorCode::kResourceExhausted)
        << outcome.error().message;
    return false;
  }

 private:
  const std::uint64_t n_;
  const int error_number_;
  testing::TemporaryDirectory directory_;
  bool reached_ = false;
};

void for_every_call(const std::function<void(Try&)>& body, std::uint64_t calls_min) {
  for (const int error_number : {EIO, ENOSPC}) {
    bool reached = true;
    std::uint64_t n = 1;
    for (; reached; ++n) {
      SCOPED_TRACE(::testing::Message() << "call " << n << ", errno " << error_number);
      Try one(n, error_number);
      body(one);
      reached = one.reached();
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(n, calls_min) << "else nothing was tested";
  }
}

TEST(NthCall, AnObjectIsTheOldOneOrTheNewOneAndNothingElseIsListed) {
  const auto work = [](Try& now) {
    ASSERT_TRUE((*DirectoryObjectStore::open(now.root()))->put("models/a", bytes('o')).ok());
    ASSERT_TRUE((*DirectoryObjectStore::open(now.root()))->put("models/c", bytes('c')).ok());
    bool replaced = false, added = false, removed = false;
    now.during([&] {
      const auto store = DirectoryObjectStore::open(now.root());
      if (!now.ok(store)) return;
      replaced = now.ok((*store)->put("models/a", bytes('n')));
      added = now.ok((*store)->put("new/b", bytes('b')));
      removed = now.ok((*store)->remove("models/c"));
    });
    const auto store = DirectoryObjectStore::open(now.root()).value();
    const auto there = store->get("models/a");
    ASSERT_TRUE(there.ok());
    EXPECT_TRUE(*there == bytes('n') || (!replaced && *there == bytes('o')));
    const auto listed = store->list("").value();
    const std::set<std::string> keys(listed.begin(), listed.end());
    EXPECT_TRUE(!added || keys.contains("new/b"));
    EXPECT_TRUE(!removed || !keys.contains("models/c"));
    for (const std::string& key : keys) {
      EXPECT_TRUE(key == "models/a" || key == "models/c" || key == "new/b") << key;
      EXPECT_EQ(store->get(key)->size(), 5'000U) << key << " is half there";
    }
    EXPECT_TRUE(store->put("models/a", bytes('x')).ok()) << "and it goes on";
  };
  for_every_call(work, 12);
}

TEST(NthCall, AFileOfItsOwnIsWrittenWholeOrNotThere) {
  const auto work = [](Try& now) {
    const fs::path file = now.root() / "f";
    bool written = false;
    now.during([&] { written = now.ok(write_new_file(file, bytes('x'))); });
    EXPECT_EQ(fs::exists(file), written);
    if (written) {
      EXPECT_EQ(*read_whole_file(file), bytes('x'));
    }
  };
  for_every_call(work, 3);
}

TEST(NthCall, TheServersFileIsTheOldOneOrTheNewOne) {
  const auto work = [](Try& now) {
    const std::string directory = now.root().string();
    const formats::ServerInfo before{"http://127.0.0.1:1", ::getpid(), "t"};
    const formats::ServerInfo after{"http://127.0.0.1:2", ::getpid(), "t"};
    ASSERT_TRUE(write_server_file(directory, before).ok());
    bool written = false;
    now.during([&] { written = now.ok(write_server_file(directory, after)); });
    const auto found = read_server_file(directory);
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_EQ(**found, written ? after : before);
  };
  for_every_call(work, 4);
}

TEST(NthCall, ADirectoryUnderConstructionIsNeverTakenForAWholeOne) {
  const auto work = [](Try& now) {
    const fs::path target = now.root() / "backup";
    const std::string source = (now.root() / "source").string();
    ASSERT_TRUE(write_new_file(source, bytes('s')).ok());
    bool finished = false;
    now.during([&] {
      auto unfinished = UnfinishedDirectory::begin(target, "marquee backup");
      if (!now.ok(unfinished)) return;
      if (!now.ok(copy_file(posix_disk(), source, (target / "copy").string(), 1 << 20))) return;
      finished = now.ok(unfinished->finish());
    });
    std::error_code ignored;
    const bool whole = fs::exists(target / "copy", ignored) && check_finished(target).ok();
    EXPECT_TRUE(whole || !finished);
    if (whole) {
      EXPECT_EQ(*read_whole_file(target / "copy"), bytes('s'));
    }
  };
  for_every_call(work, 8);
}

TEST(NthCall, TheLogKeepsWhatItAcknowledged) {
  const auto work = [](Try& now) {
    testing::ManualClock clock;
    SegmentWriter::Options options;
    options.directory = (now.root() / "events").string();
    options.segment_bytes_max = 1'500;
    options.grow_bytes = 512;
    std::set<std::uint64_t> acknowledged;
    now.during([&] {
      const auto writer = SegmentWriter::open(posix_disk(), options, nullptr, clock);
      if (!now.ok(writer)) return;
      for (std::uint64_t i = 0; i < 12; ++i) {
        const auto event = testing::EventBuilder("u", "m").id(i).pending();
        const auto commit = (*writer)->commit({{event}});
        if (now.ok(commit.outcomes[0])) acknowledged.insert(i);
      }
      (void)now.ok((*writer)->close());
    });
    const auto writer = SegmentWriter::open(posix_disk(), options, nullptr, clock);
    ASSERT_TRUE(writer.ok()) << writer.error().message;
    RecordReader reader((*writer)->segments());
    const auto found = reader.read(0, (*writer)->end(), 1'000);
    ASSERT_TRUE(found.ok());
    for (const LogRecord& record : found->records) {
      acknowledged.erase(
          static_cast<std::uint64_t>(record.event.event_id.v7_ms() - testing::kTestEpochMs));
    }
    EXPECT_TRUE(acknowledged.empty());
  };
  for_every_call(work, 30);
}

/// Making one is simulated in state_nth_failure_test.cpp; here its syncs would take a minute.
TEST(NthCall, TheDatabaseHoldsTheStateOfItsCursor) {
  const testing::TemporaryDirectory directory;
  const fs::path made = directory.path() / "marquee.db";
  ASSERT_TRUE(SqliteDatabase::open(made, SqliteDatabase::Mode::kReadWrite).ok());
  const auto work = [&made](Try& now) {
    const fs::path path = now.root() / "marquee.db";
    fs::copy_file(made, path);
    MovieTable movies;
    FoldStream stream(5);
    std::uint64_t stored = 0;
    now.during([&] {
      const auto stores = SqliteStores::open(path, movies, SqliteDatabase::Mode::kReadWrite);
      if (!now.ok(stores)) return;
      FoldReference state;
      while (state.next < 20) {
        if (!now.ok((*stores)->profiles.apply(stream.step(state, 10, movies)))) return;
        stored = state.next;
      }
    });
    auto stores = SqliteStores::open(path, movies, SqliteDatabase::Mode::kReadWrite);
    ASSERT_TRUE(stores.ok()) << stores.error().message;
    const std::uint64_t next = (*stores)->profiles.totals()->cursor.next(Offset::kEmbedded);
    EXPECT_GE(next, stored) << "without a power cut nothing is taken back";
    FoldReference state = stream.after(next, movies);
    EXPECT_EQ(difference(**stores, movies, state), "");
    EXPECT_TRUE((*stores)->profiles.apply(stream.step(state, 5, movies)).ok()) << "it goes on";
  };
  for_every_call(work, 40);
}

}  // namespace
}  // namespace marquee::embedded
