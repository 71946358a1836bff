// Goal: stored hashes are the published functions, so other programs can compute them.

#include "base/hash.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/strong.h"

namespace marquee {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Crc32c, MatchesRfc3720AppendixB4) {
  const std::vector<std::byte> zeros(32, std::byte{0});
  EXPECT_EQ(crc32c(zeros), 0x8A9136AAU);
  const std::vector<std::byte> ones(32, std::byte{0xFF});
  EXPECT_EQ(crc32c(ones), 0x62A8AB43U);
  std::vector<std::byte> ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<std::byte>(i));
    descending.push_back(static_cast<std::byte>(31 - i));
  }
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(descending), 0x113FDB5CU);
  EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

std::uint32_t slow_crc32c(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

RC_GTEST_PROP(Crc32c, AgreesWithTheBitwiseReference, (const std::string& text)) {
  RC_ASSERT(crc32c(bytes_of(text)) == slow_crc32c(bytes_of(text)));
}

RC_GTEST_PROP(Crc32c, ContinuesFromWhatCameBefore, (const std::string& a, const std::string& b)) {
  RC_ASSERT(crc32c(bytes_of(b), crc32c(bytes_of(a))) == crc32c(bytes_of(a + b)));
}

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(sha256_hex(bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

RC_GTEST_PROP(Sha256, DoesNotCareHowItIsFed, (const std::string& a, const std::string& b)) {
  Sha256 pieces;
  pieces.update(a);
  pieces.update(b);
  RC_ASSERT(pieces.hex() == sha256_hex(bytes_of(a + b)));
}

TEST(StableHash, NeverChanges) {
  EXPECT_EQ(stable_hash(""), stable_hash(""));
  EXPECT_NE(stable_hash("a"), stable_hash("b"));
  // Stored in archives and fingerprints: a change of these two is a change of format.
  EXPECT_EQ(stable_hash("marquee"), 1407884433020893334ULL);
  EXPECT_EQ(stable_hash(""), 8136325082904009806ULL);
}

TEST(KeyedHash, IsTheSameWithinAProcess) {
  EXPECT_EQ(keyed_hash("viewer"), keyed_hash("viewer"));
  EXPECT_NE(keyed_hash("viewer"), keyed_hash("viewes"));
  EXPECT_EQ(KeyedStringHash{}("viewer"), static_cast<std::size_t>(keyed_hash("viewer")));
}

TEST(KeyedHash, HashTablesOfIdsUseIt) {
  // std::hash<std::string> of libstdc++ has a fixed seed: keys that collide can be prepared.
  using Name = Strong<struct NameTag, std::string>;
  EXPECT_EQ(std::hash<Name>{}(Name("viewer")), static_cast<std::size_t>(keyed_hash("viewer")));
}

}  // namespace
}  // namespace marquee
