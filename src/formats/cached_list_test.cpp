#include "formats/cached_list.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hash.h"
#include "base/rng.h"
#include "formats/varint.h"

namespace marquee::formats {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

const UserId kUser("u1");
const std::optional<ModelVersion> kGeneration(ModelVersion("als_20250103_0200"));
const std::string kEpoch = "7c0ffee.1";

std::string stamp() { return cached_list_stamp(kUser, kEpoch, kGeneration); }

/// The list of docs/formats/cached_list.md. `movies` may have dealt any keys.
CachedList documented_list(MovieTable& movies) {
  const auto key = [&](const char* id) { return movies.intern(MovieId(id)); };
  return CachedList{kGeneration,
                    42,
                    {{key("m27205"), 1.0F}, {key("m949"), 0.25F}},
                    Source::kHybrid,
                    1'735'689'600'123};
}

std::string documented_bytes() {
  MovieTable movies;
  return encode_cached_list(documented_list(movies), stamp(), movies);
}

/// `body` with a right checksum behind it.
std::string with_checksum(std::string body) {
  append_u32(body, crc32c(bytes_of(body)));
  return body;
}

ErrorCode refusal(const std::string& bytes, const std::string& asked = stamp()) {
  MovieTable movies;
  const auto list = decode_cached_list(bytes_of(bytes), asked, kGeneration, movies);
  EXPECT_EQ(movies.size(), 0U) << "what is refused interns nothing";
  return list.ok() ? ErrorCode::kInternal : list.error().code;
}

TEST(CachedList, MatchesTheGoldenBytesOfTheDocument) {
  std::ifstream file("tests/golden/cached_list_v1.hex");
  std::string golden;
  ASSERT_TRUE(file >> golden) << "run from the repository's root";
  std::string hex;
  for (const char c : documented_bytes()) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<std::uint8_t>(c) >> 4];
    hex += kDigits[static_cast<std::uint8_t>(c) & 15];
  }
  EXPECT_EQ(hex, golden);
}

TEST(CachedList, IsReadByAProcessThatDealtOtherKeys) {
  MovieTable other;
  for (const char* id : {"x", "m949"}) other.intern(MovieId(id));
  const auto list = decode_cached_list(bytes_of(documented_bytes()), stamp(), kGeneration, other);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(*list, documented_list(other));
}

TEST(CachedList, HasVersionAndStampWhereScriptsLookForThem) {
  const std::string bytes = documented_bytes();
  EXPECT_EQ(bytes[0], kCachedListFormat);
  EXPECT_EQ(bytes.substr(kCachedListVersionAt, 20), "00000000000000000042");
  EXPECT_EQ(bytes.substr(kCachedListStampAt, stamp().size()), stamp());
}

TEST(CachedList, IsNotFoundUnderAnotherStamp) {
  const std::string bytes = documented_bytes();
  EXPECT_EQ(refusal(bytes, cached_list_stamp(UserId("u2"), kEpoch, kGeneration)),
            ErrorCode::kNotFound);
  EXPECT_EQ(refusal(bytes, cached_list_stamp(kUser, "7c0ffee.2", kGeneration)),
            ErrorCode::kNotFound);
  EXPECT_EQ(refusal(bytes, cached_list_stamp(kUser, kEpoch, ModelVersion("als_2"))),
            ErrorCode::kNotFound);
  EXPECT_EQ(refusal(bytes, cached_list_stamp(kUser, kEpoch, std::nullopt)), ErrorCode::kNotFound);
}

TEST(CachedList, GivesDifferentThingsDifferentStamps) {
  EXPECT_NE(cached_list_stamp(UserId("ab"), "c", std::nullopt),
            cached_list_stamp(UserId("a"), "bc", std::nullopt));
  EXPECT_NE(cached_list_stamp(UserId("a"), "b", std::nullopt),
            cached_list_stamp(UserId("a"), "b", ModelVersion("")));
}

TEST(CachedList, FindsEveryFlippedBitAndEveryCut) {
  const std::string bytes = documented_bytes();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(refusal(damaged), ErrorCode::kDataLoss) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(refusal(bytes.substr(0, size)), ErrorCode::kDataLoss) << size;
  }
}

TEST(CachedList, RefusesMalformedBytesWithARightChecksum) {
  const std::string front = std::string(1, kCachedListFormat) + version_digits(1) + stamp();
  const auto with = [&](const std::string& rest) { return refusal(with_checksum(front + rest)); };
  const std::string score("\0\0\0\0", 4);
  MovieTable movies;
  const std::string fine = with_checksum(front + std::string("\2\0\1\1m", 5) + score);
  ASSERT_TRUE(decode_cached_list(bytes_of(fine), stamp(), kGeneration, movies).ok());
  EXPECT_EQ(with(std::string("\6\0\1\1m", 5) + score), ErrorCode::kDataLoss) << "unknown source";
  EXPECT_EQ(with(std::string("\2\0\1\1/", 5) + score), ErrorCode::kDataLoss) << "no id";
  EXPECT_EQ(with(std::string("\2\0\1\1m", 5) + "\xFF\xFF\xFF\x7F"), ErrorCode::kDataLoss) << "NaN";
  EXPECT_EQ(with(std::string("\2\0\1\1m", 5) + score + "x"), ErrorCode::kDataLoss) << "left over";
  EXPECT_EQ(with(std::string("\2\0\xFF\xFF\x7F\1m", 7) + score), ErrorCode::kDataLoss) << "count";
  std::string other = front + std::string("\2\0\0", 3);
  other[0] = 2;
  EXPECT_EQ(refusal(with_checksum(other)), ErrorCode::kDataLoss) << "another format";
  other[0] = kCachedListFormat;
  other[5] = 'x';
  EXPECT_EQ(refusal(with_checksum(other)), ErrorCode::kDataLoss) << "a version that is no number";
}

RC_GTEST_PROP(CachedList, GivesBackAnyList, (std::uint64_t seed)) {
  Rng rng(seed);
  MovieTable movies;
  CachedList list;
  if (rng.below(2) == 0) list.generation = ModelVersion("g" + std::to_string(rng.below(9)));
  list.profile_version = rng.next() >> rng.below(64);
  list.computed_by = static_cast<Source>(rng.below(6));
  list.generated_at_ms = static_cast<std::int64_t>(rng.next() >> rng.below(64));
  for (std::uint64_t i = rng.below(101); i > 0; --i) {
    list.items.push_back({movies.intern(MovieId("m" + std::to_string(rng.below(500)))),
                          static_cast<float>(rng.uniform())});
  }
  const std::string asked = cached_list_stamp(kUser, kEpoch, list.generation);
  const std::string bytes = encode_cached_list(list, asked, movies);
  const auto decoded = decode_cached_list(bytes_of(bytes), asked, list.generation, movies);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == list);
}

RC_GTEST_PROP(CachedList, NeverFailsOtherThanByAnError, (const std::string& noise)) {
  MovieTable movies;
  const std::string front = std::string(1, kCachedListFormat) + version_digits(1) + stamp();
  for (const std::string& bytes : {noise, with_checksum(noise), with_checksum(front + noise)}) {
    static_cast<void>(decode_cached_list(bytes_of(bytes), stamp(), kGeneration, movies).ok());
  }
}

RC_GTEST_PROP(VersionDigits, SortAsTheNumbers, (std::uint64_t a, std::uint64_t b)) {
  RC_ASSERT((version_digits(a) < version_digits(b)) == (a < b));
  RC_ASSERT(parse_version_digits(version_digits(a)) == a);
}

TEST(VersionDigits, RefuseWhatIsNotTwentyDigits) {
  EXPECT_EQ(parse_version_digits("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "1", "18446744073709551616", "0000000000000000000x",
                           "-0000000000000000001", "000000000000000000001"}) {
    EXPECT_EQ(parse_version_digits(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace marquee::formats
