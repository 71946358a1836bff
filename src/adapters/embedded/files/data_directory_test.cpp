// What lies in a data directory besides the stores: the lock, server.json, and the real disk.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/embedded/files/directory_lock.h"
#include "adapters/embedded/files/disk.h"
#include "adapters/embedded/files/server_file.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

class DataDirectoryTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name = "") const { return directory_.path() / name; }
  /// The id of a process that has ended.
  static pid_t dead_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return child;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(DataDirectoryTest, TheLockIsHeldByOneAtATime) {
  {
    const auto first = DirectoryLock::acquire(path());
    ASSERT_TRUE(first.ok()) << first.error().message;
    const auto second = DirectoryLock::acquire(path());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_NE(second.error().message.find(path()), std::string::npos);
  }
  EXPECT_TRUE(DirectoryLock::acquire(path()).ok());
}

TEST_F(DataDirectoryTest, ARefusedLockNamesTheServerThatHoldsIt) {
  const auto first = DirectoryLock::acquire(path());
  ASSERT_TRUE(write_server_file(path(), {"http://127.0.0.1:8123", ::getpid(), "t"}).ok());
  const auto second = DirectoryLock::acquire(path());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("http://127.0.0.1:8123"), std::string::npos);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
}

TEST_F(DataDirectoryTest, TheLockMakesAMissingDirectoryAndMovesWithItsOwner) {
  auto lock = DirectoryLock::acquire(path("a/b/c"));
  ASSERT_TRUE(lock.ok()) << lock.error().message;
  {
    const DirectoryLock moved = *std::move(lock);
    EXPECT_FALSE(DirectoryLock::acquire(path("a/b/c")).ok());
  }
  EXPECT_TRUE(DirectoryLock::acquire(path("a/b/c")).ok());
}

TEST_F(DataDirectoryTest, ALockThatCannotBeMadeSaysWhy) {
  std::ofstream(path("file")) << "x";
  const auto lock = DirectoryLock::acquire(path("file/data"));
  ASSERT_FALSE(lock.ok());
  EXPECT_NE(lock.error().message.find("file"), std::string::npos);
}

TEST_F(DataDirectoryTest, TheServerFileIsReadBackWhileItsProcessLives) {
  EXPECT_EQ(*read_server_file(path()), std::nullopt);
  const formats::ServerInfo info{"http://127.0.0.1:1", ::getpid(), "data/token"};
  ASSERT_TRUE(write_server_file(path(), info).ok());
  EXPECT_EQ(*read_server_file(path()), info);
  ASSERT_TRUE(remove_server_file(path()).ok());
  EXPECT_EQ(*read_server_file(path()), std::nullopt);
  EXPECT_TRUE(remove_server_file(path()).ok());
}

TEST_F(DataDirectoryTest, AServerFileOfADeadProcessOrOfNonsenseCountsAsNone) {
  ASSERT_TRUE(write_server_file(path(), {"http://127.0.0.1:1", dead_process(), "t"}).ok());
  EXPECT_EQ(*read_server_file(path()), std::nullopt);
  for (const std::int64_t pid : {0LL, -1LL, 1LL << 40}) {
    ASSERT_TRUE(write_server_file(path(), {"http://127.0.0.1:1", pid, "t"}).ok());
    EXPECT_EQ(*read_server_file(path()), std::nullopt) << pid;
  }
  std::ofstream(path("server.json")) << "{";
  EXPECT_EQ(*read_server_file(path()), std::nullopt);
}

TEST_F(DataDirectoryTest, TheRealDiskReadsWhatWasWritten) {
  Disk& disk = posix_disk();
  const auto file = disk.open(path("f"), Disk::Open::kCreate);
  ASSERT_TRUE(file.ok());
  const std::string text = "hello";
  ASSERT_TRUE((*file)->write_at(3, std::as_bytes(std::span(text))).ok());
  ASSERT_TRUE((*file)->sync().ok());
  (*file)->drop_cache();
  std::vector<std::byte> bytes(20);
  EXPECT_EQ(*(*file)->read_at(0, bytes), 8U);
  EXPECT_EQ(bytes[0], std::byte{0});
  EXPECT_EQ(bytes[3], std::byte{'h'});
  EXPECT_EQ(*(*file)->read_at(8, bytes), 0U);
  ASSERT_TRUE((*file)->truncate(4).ok());
  EXPECT_EQ(*(*file)->size(), 4U);
}

TEST_F(DataDirectoryTest, TheRealDiskListsRenamesAndRemoves) {
  Disk& disk = posix_disk();
  ASSERT_TRUE(disk.create_directory(path("x/y/")).ok());
  ASSERT_TRUE(disk.create_directory(path("x/y")).ok());
  for (const char* name : {"b", "a"})
    ASSERT_TRUE(disk.open(path("x/") + name, Disk::Open::kCreate).ok());
  EXPECT_EQ(*disk.list(path("x")), (std::vector<std::string>{"a", "b"}));  // not the directory y
  ASSERT_TRUE(disk.rename(path("x/a"), path("x/b")).ok());
  ASSERT_TRUE(disk.sync_directory(path("x")).ok());
  EXPECT_EQ(*disk.list(path("x")), std::vector<std::string>{"b"});
  EXPECT_TRUE(disk.remove(path("x/b")).ok());
  EXPECT_TRUE(disk.remove(path("x/b")).ok());
  EXPECT_EQ(disk.open(path("x/b"), Disk::Open::kRead).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(disk.list(path("none")).error().code, ErrorCode::kNotFound);
}

TEST_F(DataDirectoryTest, AFullDiskIsResourceExhausted) {
  const auto full = posix_disk().open("/dev/full", Disk::Open::kReadWrite);
  if (!full.ok()) GTEST_SKIP() << "no /dev/full here";
  const std::byte byte{1};
  const auto written = (*full)->write_at(0, std::span(&byte, 1));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace marquee::embedded
