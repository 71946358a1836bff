// The simulation is trusted by the power-cut tests: it must lose all it may lose, and no more.
#include "adapters/embedded/files/simulated_disk.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace marquee::embedded {
namespace {

std::vector<std::byte> filled(std::size_t size, int value) {
  return std::vector<std::byte>(size, static_cast<std::byte>(value));
}

/// A disk with the durable file "d/f" of 2,048 ones.
struct Prepared {
  explicit Prepared(std::uint64_t seed) : disk(seed) {
    file = *disk.open("d/f", Disk::Open::kCreate);
    EXPECT_TRUE(file->write_at(0, filled(2'048, 1)).ok());
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(disk.sync_directory("d").ok());
  }
  SimulatedDisk disk;
  std::unique_ptr<File> file;
};

TEST(SimulatedDisk, WhatWasSyncedSurvivesEveryCut) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Prepared prepared(seed);
    prepared.disk.power_on();
    EXPECT_EQ(prepared.disk.contents("d/f"), filled(2'048, 1));
  }
}

TEST(SimulatedDisk, WhatWasNotSyncedIsKeptLostTornOrGarbledSectorBySector) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Prepared prepared(seed);
    ASSERT_TRUE(prepared.file->write_at(512, filled(1'024, 2)).ok());
    prepared.disk.power_on();
    const auto bytes = prepared.disk.contents("d/f");
    ASSERT_EQ(bytes.size(), 2'048U);
    std::string sectors;
    for (std::size_t at = 0; at < bytes.size(); at += 512) {
      const std::vector<std::byte> sector(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(at + 512));
      sectors += sector == filled(512, 1) ? '1' : sector == filled(512, 2) ? '2' : '?';
    }
    seen.insert(sectors);
  }
  const std::set<std::string> all{"1111", "1121", "1211", "1221", "1?11", "11?1", "1?21", "12?1"};
  for (const std::string& wanted : all) EXPECT_TRUE(seen.contains(wanted)) << wanted;
}

TEST(SimulatedDisk, ANameThatWasNotSyncedMayBeLostAndOneThatWasIsNot) {
  std::set<bool> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Prepared prepared(seed);
    ASSERT_TRUE(prepared.disk.rename("d/f", "d/g").ok());
    prepared.disk.power_on();
    const auto names = *prepared.disk.list("d");
    ASSERT_EQ(names.size(), 1U);  // a rename is whole or not at all
    seen.insert(names[0] == "g");
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST(SimulatedDisk, WithoutPowerEverythingFailsAndOldFilesStayDead) {
  Prepared prepared(1);
  prepared.disk.cut_power_after(2);
  EXPECT_TRUE(prepared.file->write_at(0, filled(1, 2)).ok());
  EXPECT_FALSE(prepared.file->sync().ok());
  EXPECT_FALSE(prepared.disk.open("d/f", Disk::Open::kRead).ok());
  prepared.disk.power_on();
  EXPECT_FALSE(prepared.file->sync().ok());
  EXPECT_TRUE(prepared.disk.open("d/f", Disk::Open::kRead).ok());
}

TEST(SimulatedDisk, AfterAFailedSyncTheCacheMayHoldWhatTheDiskNeverGets) {
  std::set<bool> reached_disk;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Prepared prepared(seed);
    prepared.disk.fail_operation(2, Error{ErrorCode::kUnavailable, "input/output error"});
    ASSERT_TRUE(prepared.file->write_at(0, filled(2'048, 2)).ok());
    ASSERT_FALSE(prepared.file->sync().ok());
    EXPECT_EQ(prepared.disk.contents("d/f"), filled(2'048, 2));
    ASSERT_TRUE(prepared.file->sync().ok());  // says so
    prepared.file->drop_cache();
    reached_disk.insert(prepared.disk.contents("d/f") == filled(2'048, 2));
  }
  EXPECT_EQ(reached_disk.size(), 2U);
}

TEST(SimulatedDisk, AFullDiskTakesNoMoreAndKeepsWhatItHas) {
  Prepared prepared(1);
  prepared.disk.set_capacity(2'048);
  EXPECT_EQ(prepared.disk.bytes_used(), 2'048U);
  EXPECT_TRUE(prepared.file->write_at(0, filled(2'048, 3)).ok());
  const auto refused = prepared.file->write_at(2'048, filled(1, 3));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(*prepared.file->size(), 2'048U);
}

TEST(SimulatedDisk, TellsWhatIsFree) {
  SimulatedDisk disk(1);
  disk.replace_contents("d/a", std::vector<std::byte>(100));
  EXPECT_GT(*disk.free_bytes("d"), 1ULL << 40);
  disk.set_capacity(150);
  EXPECT_EQ(*disk.free_bytes("d"), 50U);
  disk.set_capacity(10);
  EXPECT_EQ(*disk.free_bytes("d"), 0U);
}

TEST(SimulatedDisk, FailsTheSyncThatItIsToldToAndNoOther) {
  SimulatedDisk disk(1);
  const auto file = disk.open("d/f", Disk::Open::kCreate).value();
  disk.fail_sync(2, Error{ErrorCode::kUnavailable, "planted"});
  for (const bool works : {true, false, true}) {
    EXPECT_TRUE(file->write_at(0, std::vector<std::byte>(4)).ok());
    EXPECT_TRUE(disk.sync_directory("d").ok());
    EXPECT_EQ(file->sync().ok(), works);
  }
}

}  // namespace
}  // namespace marquee::embedded
