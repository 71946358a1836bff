#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/embedded/files/disk.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

TEST(PosixDisk, ReservedSpaceIsTakenAndTheSizeStays) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "file";
  const auto file = posix_disk().open(path, Disk::Open::kCreate);
  ASSERT_TRUE(file.ok());
  constexpr std::uint64_t kBytes = 1 << 20;
  ASSERT_TRUE((*file)->reserve(kBytes).ok());
  EXPECT_EQ(*(*file)->size(), 0U);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  if (info.st_blocks == 0) GTEST_SKIP() << "this file system cannot reserve space";
  EXPECT_GE(static_cast<std::uint64_t>(info.st_blocks) * 512, kBytes);
}

TEST(PosixDisk, TellsWhatIsFree) {
  const testing::TemporaryDirectory directory;
  EXPECT_GT(*posix_disk().free_bytes(directory.path().string()), 0U);
  EXPECT_FALSE(posix_disk().free_bytes((directory.path() / "none").string()).ok());
}

TEST(PosixDisk, MoreSpaceThanThereIsIsSaid) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "file";
  const auto file = posix_disk().open(path, Disk::Open::kCreate);
  ASSERT_TRUE(file.ok());
  constexpr std::uint64_t kMoreThanAnyDisk = 1ULL << 60;
  const auto reserved = (*file)->reserve(kMoreThanAnyDisk);
  if (reserved.ok()) GTEST_SKIP() << "this file system cannot reserve space";
  EXPECT_NE(reserved.error().message.find(path), std::string::npos);
}

}  // namespace
}  // namespace marquee::embedded
