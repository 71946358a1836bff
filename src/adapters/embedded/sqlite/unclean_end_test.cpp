// Goal: after an unclean end an owner reads what the disk holds, not what the cache says it does.
#include "adapters/embedded/sqlite/unclean_end.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/embedded/files/simulated_disk.h"

namespace marquee::embedded {
namespace {

const std::string kDatabase = "data/marquee.db";

std::vector<std::byte> bytes(char letter) {
  return std::vector<std::byte>(10, static_cast<std::byte>(letter));
}

class UncleanEndTest : public ::testing::Test {
 protected:
  static constexpr int kSeeds = 20;  // a simulated kernel drops a failed page by chance

  /// Writes over `path` and lets the sync fail.
  static void lose(SimulatedDisk& disk, const std::string& path) {
    const auto file = disk.open(path, Disk::Open::kReadWrite).value();
    ASSERT_TRUE(file->write_at(0, bytes('n')).ok());
    disk.fail_operation(1, Error{ErrorCode::kUnavailable, "planted"});
    ASSERT_FALSE(file->sync().ok());
  }
};

TEST_F(UncleanEndTest, WhatTheCacheShowsAfterwardsIsWhatThePowerCutLeaves) {
  for (const std::string suffix : {"", "-wal", "-journal"}) {
    int dropped = 0;
    for (int seed = 0; seed < kSeeds; ++seed) {
      SimulatedDisk disk(static_cast<std::uint64_t>(seed));
      for (const char* other : {"", "-wal", "-journal"}) {
        disk.replace_contents(kDatabase + other, bytes('o'));
      }
      lose(disk, kDatabase + suffix);
      ASSERT_TRUE(settle_unclean_end(disk, kDatabase).ok());
      const auto seen = disk.contents(kDatabase + suffix);
      dropped += seen == bytes('o') ? 1 : 0;
      disk.power_on();
      EXPECT_EQ(disk.contents(kDatabase + suffix), seen) << suffix;
    }
    EXPECT_GT(dropped, 0) << suffix;
    EXPECT_LT(dropped, kSeeds) << suffix;
  }
}

TEST_F(UncleanEndTest, NamesOfFilesAreMadeDurableToo) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    SimulatedDisk disk(static_cast<std::uint64_t>(seed));
    for (const char* suffix : {"", "-wal"}) {
      const auto file = disk.open(kDatabase + suffix, Disk::Open::kCreate).value();
      ASSERT_TRUE(file->write_at(0, bytes('x')).ok());
    }
    ASSERT_TRUE(settle_unclean_end(disk, kDatabase).ok());
    disk.power_on();
    EXPECT_EQ(disk.contents(kDatabase), bytes('x'));
    EXPECT_EQ(disk.contents(kDatabase + "-wal"), bytes('x'));
  }
}

TEST_F(UncleanEndTest, TouchesNothingAfterAnOrderlyEndOrWhereThereIsNothing) {
  SimulatedDisk disk(1);
  EXPECT_TRUE(settle_unclean_end(disk, kDatabase).ok());
  disk.replace_contents(kDatabase, bytes('x'));
  EXPECT_TRUE(settle_unclean_end(disk, kDatabase).ok());
  EXPECT_EQ(disk.operations(), 0U);
}

TEST_F(UncleanEndTest, ASyncThatFailsIsAnErrorThatNamesTheFile) {
  for (std::uint64_t operation = 1; operation <= 3; ++operation) {
    SimulatedDisk disk(1);
    disk.replace_contents(kDatabase, bytes('x'));
    disk.replace_contents(kDatabase + "-wal", bytes('x'));
    disk.fail_operation(operation, Error{ErrorCode::kUnavailable, "planted"});
    const auto outcome = settle_unclean_end(disk, kDatabase);
    ASSERT_FALSE(outcome.ok()) << operation;
    EXPECT_NE(outcome.error().message.find("data"), std::string::npos) << outcome.error().message;
  }
}

}  // namespace
}  // namespace marquee::embedded
