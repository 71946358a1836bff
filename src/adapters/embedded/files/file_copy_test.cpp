#include "adapters/embedded/files/file_copy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/embedded/files/simulated_disk.h"
#include "base/hash.h"

namespace marquee::embedded {
namespace {

std::vector<std::byte> bytes_of(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(rng.next());
  return bytes;
}

RC_GTEST_PROP(FileCopyProperty, CopiesExactlyTheWantedPrefixAndTellsItsDigest, ()) {
  static const std::vector<std::byte> content = bytes_of(1'500'000, 5);
  SimulatedDisk disk(1);
  // Around the buffer's size, where pieces meet.
  const auto size = *rc::gen::element<std::size_t>(0, 1, 4'095, (1 << 20) - 1, 1 << 20, 1'500'000);
  const auto limit = *rc::gen::inRange<std::uint64_t>(0, 2'000'000);
  std::vector<std::byte> bytes(content.begin(), content.begin() + static_cast<long>(size));
  disk.replace_contents("from", bytes);
  disk.replace_contents("to", std::vector<std::byte>(2'000'000));
  const auto copied = copy_file(disk, "from", "to", limit);
  RC_ASSERT(copied.ok());
  bytes.resize(std::min<std::size_t>(size, limit));
  RC_ASSERT(disk.contents("to") == bytes);
  RC_ASSERT(*copied == (FileDigest{bytes.size(), sha256_hex(bytes)}));
  RC_ASSERT(*digest_file(disk, "to") == *copied);
}

TEST(FileCopy, IsOnStableStorageWhenItReturns) {
  SimulatedDisk disk(1);
  disk.replace_contents("d/from", bytes_of(5'000, 1));
  disk.replace_contents("d/to", {});
  ASSERT_TRUE(copy_file(disk, "d/from", "d/to").ok());
  ASSERT_TRUE(disk.sync_directory("d").ok());
  disk.cut_power_after(1);
  (void)disk.sync_directory("d");
  disk.power_on();
  EXPECT_EQ(disk.contents("d/to"), bytes_of(5'000, 1));
}

TEST(FileCopy, TellsAMissingFileAndAFullDisk) {
  SimulatedDisk disk(1);
  EXPECT_EQ(copy_file(disk, "none", "to").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(digest_file(disk, "none").error().code, ErrorCode::kNotFound);
  disk.replace_contents("from", bytes_of(5'000, 1));
  disk.set_capacity(9'000);
  EXPECT_EQ(copy_file(disk, "from", "to").error().code, ErrorCode::kResourceExhausted);
}

TEST(FileCopy, FailsWithEveryOperationOfTheDiskThatFails) {
  SimulatedDisk disk(1);
  disk.replace_contents("from", bytes_of(3'000'000, 1));
  const std::uint64_t before = disk.operations();
  ASSERT_TRUE(copy_file(disk, "from", "to").ok());
  const std::uint64_t count = disk.operations() - before;
  for (std::uint64_t n = 1; n <= count; ++n) {
    disk.fail_operation(n, Error{ErrorCode::kUnavailable, "no"});
    EXPECT_FALSE(copy_file(disk, "from", "to").ok()) << "operation " << n << " of " << count;
  }
}

}  // namespace
}  // namespace marquee::embedded
