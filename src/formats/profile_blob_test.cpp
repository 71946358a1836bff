#include "formats/profile_blob.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hash.h"
#include "base/rng.h"
#include "formats/varint.h"

namespace marquee::formats {
namespace {

std::span<const std::byte> blob_bytes(const std::string& blob) {
  return std::as_bytes(std::span(blob));
}

/// The profile of docs/formats/profile.md. `movies` may have dealt any keys.
UserProfile documented_profile(MovieTable& movies) {
  const MovieKey inception = movies.intern(MovieId("m27205"));
  const MovieKey heat = movies.intern(MovieId("m949"));
  UserProfile profile;
  profile.version = 3;
  profile.history_size = 300;
  profile.last_offset = Offset{Offset::kEmbedded, 1842};
  profile.state_of(heat) = MovieState{heat, 1, 1, 0, true, 20'089};
  profile.recent = {
      Interaction{heat, EventType::kRating, 4.5F, 1'735'689'600'000, 298},
      Interaction{inception, EventType::kClick, std::nullopt, 1'735'689'660'000, 299}};
  return profile;
}

std::string to_hex(const std::string& blob) {
  std::string hex;
  for (const char c : blob) {
    constexpr const char* kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<std::uint8_t>(c) >> 4];
    hex += kDigits[static_cast<std::uint8_t>(c) & 15];
  }
  return hex;
}

/// Any profile, from a seed: films, states and interactions of all kinds.
UserProfile random_profile(Rng& rng, MovieTable& movies) {
  const auto film = [&] { return movies.intern(MovieId("m" + std::to_string(rng.below(40)))); };
  UserProfile profile;
  profile.version = rng.next() >> rng.below(64);
  profile.history_size = rng.next() >> rng.below(64);
  if (rng.below(2) == 0) {
    profile.last_offset =
        Offset{static_cast<std::int32_t>(rng.below(5)) - 1, rng.next() >> rng.below(64)};
  }
  for (std::uint64_t i = rng.below(30); i > 0; --i) {
    const MovieKey key = film();
    profile.state_of(key) = MovieState{key,
                                       static_cast<std::uint32_t>(rng.next()),
                                       static_cast<std::uint32_t>(rng.below(3)),
                                       static_cast<std::uint32_t>(rng.below(2)),
                                       rng.below(2) == 0,
                                       static_cast<std::int32_t>(rng.next())};
  }
  for (std::uint64_t i = rng.below(30); i > 0; --i) {
    Interaction item{film(), static_cast<EventType>(rng.below(11)), std::nullopt,
                     static_cast<std::int64_t>(rng.next()), rng.next() >> rng.below(64)};
    if (rng.below(2) == 0) item.value = static_cast<float>(rng.uniform() * 5);
    profile.recent.push_back(item);
  }
  return profile;
}

/// `body` with a right checksum behind it.
std::string sealed_blob(std::string body) {
  append_u32(body, crc32c(blob_bytes(body)));
  return body;
}

TEST(ProfileBlob, MatchesTheGoldenBytesOfTheDocument) {
  std::ifstream file("tests/golden/profile_v1.hex");
  std::string golden;
  ASSERT_TRUE(file >> golden) << "run from the repository's root";
  MovieTable movies;
  EXPECT_EQ(to_hex(encode_profile(documented_profile(movies), movies)), golden);
}

TEST(ProfileBlob, GivesTheSameBytesWhateverKeysWereDealt) {
  MovieTable one;
  const std::string first = encode_profile(documented_profile(one), one);
  MovieTable other;
  for (const char* id : {"x", "m949", "y", "m27205"}) other.intern(MovieId(id));
  EXPECT_EQ(encode_profile(documented_profile(other), other), first);
}

TEST(ProfileBlob, SortsTheFilmsByKeyAgainWhenItIsRead) {
  MovieTable writer;
  UserProfile profile;
  for (const char* id : {"c", "a", "b"}) {
    const MovieKey key = writer.intern(MovieId(id));
    profile.state_of(key).seen = key + 1;
  }
  const std::string blob = encode_profile(profile, writer);
  MovieTable reader;
  const auto decoded = decode_profile(blob_bytes(blob), reader);
  ASSERT_TRUE(decoded.ok());
  EXPECT_TRUE(
      std::is_sorted(decoded->movies.begin(), decoded->movies.end(),
                     [](const MovieState& a, const MovieState& b) { return a.movie < b.movie; }));
  EXPECT_EQ(decoded->find(*reader.find("c"))->seen, 1U);
  EXPECT_EQ(decoded->find(*reader.find("b"))->seen, 3U);
  EXPECT_EQ(encode_profile(*decoded, reader), blob);
}

RC_GTEST_PROP(ProfileBlob, GivesBackAnyProfile, (std::uint64_t seed)) {
  Rng rng(seed);
  MovieTable movies;
  const UserProfile profile = random_profile(rng, movies);
  const std::string blob = encode_profile(profile, movies);
  const auto decoded = decode_profile(blob_bytes(blob), movies);
  RC_ASSERT(decoded.ok());
  RC_ASSERT(*decoded == profile);
  MovieTable fresh;
  const auto elsewhere = decode_profile(blob_bytes(blob), fresh);
  RC_ASSERT(elsewhere.ok());
  RC_ASSERT(encode_profile(*elsewhere, fresh) == blob);
}

TEST(ProfileBlob, FindsEveryFlippedBitAndEveryCut) {
  MovieTable movies;
  const std::string blob = encode_profile(documented_profile(movies), movies);
  for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
    std::string damaged = blob;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto decoded = decode_profile(blob_bytes(damaged), movies);
    ASSERT_FALSE(decoded.ok()) << "bit " << bit;
    ASSERT_EQ(decoded.error().code, ErrorCode::kDataLoss);
  }
  for (std::size_t size = 0; size < blob.size(); ++size) {
    ASSERT_FALSE(decode_profile(blob_bytes(blob).first(size), movies).ok()) << size;
  }
}

TEST(ProfileBlob, RefusesAnUnknownVersionByName) {
  MovieTable movies;
  std::string body = encode_profile(UserProfile{}, movies);
  body.resize(body.size() - 4);
  body[0] = 2;
  const auto decoded = decode_profile(blob_bytes(sealed_blob(body)), movies);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().code, ErrorCode::kDataLoss);
  EXPECT_NE(decoded.error().message.find("version"), std::string::npos);
}

TEST(ProfileBlob, RefusesMalformedBytesWithARightChecksum) {
  MovieTable movies;
  const std::string head{1, 0, 0, 0};  // version, counters, no offset
  const auto refused = [&](const std::string& rest) {
    return !decode_profile(blob_bytes(sealed_blob(head + rest)), movies).ok();
  };
  ASSERT_FALSE(refused(std::string("\0\0\0", 3))) << "the empty profile is fine";
  EXPECT_TRUE(refused(std::string("\0\0\0\0", 4))) << "bytes left over";
  EXPECT_TRUE(refused("\xFF\xFF\xFF\xFF\x7F")) << "a count beyond the bytes";
  EXPECT_TRUE(refused(std::string("\x80\x00\x00\x00", 4))) << "a padded number";
  EXPECT_TRUE(refused(std::string("\2\1b\1a\0\0", 6))) << "films out of order";
  EXPECT_TRUE(refused(std::string("\2\1a\1a\0\0", 6))) << "a film twice";
  EXPECT_TRUE(refused(std::string("\1\1a\1\1\0\0\0\0\0\0", 10))) << "a state of a film beyond";
  EXPECT_TRUE(refused(std::string("\1\1a\1\0\0\0\0\2\0\0", 10))) << "a flag that is neither";
  EXPECT_TRUE(refused(std::string("\1\1a\0\1\0\x0B\0\0", 8))) << "an unknown event type";
  EXPECT_TRUE(refused(std::string("\1\1a\0\1\1\1\0\0", 8))) << "an event of a film beyond";
  EXPECT_EQ(movies.size(), 0U) << "a refused blob interns nothing";
}

RC_GTEST_PROP(ProfileBlob, NeverFailsOtherThanByAnError, (const std::string& noise)) {
  MovieTable movies;
  static_cast<void>(decode_profile(blob_bytes(noise), movies).ok());
  static_cast<void>(decode_profile(blob_bytes(sealed_blob("\1" + noise)), movies).ok());
}

TEST(Varint, GivesBackNumbersOfEverySize) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, std::int64_t{63}, std::int64_t{-64},
        std::int64_t{64}, std::int64_t{300}, INT64_MAX, INT64_MIN}) {
    std::string out;
    append_zigzag(out, value);
    append_varint(out, static_cast<std::uint64_t>(value));
    ByteReader in(blob_bytes(out));
    EXPECT_EQ(in.zigzag(), value);
    EXPECT_EQ(in.varint(), static_cast<std::uint64_t>(value));
    EXPECT_TRUE(in.ok() && in.remaining() == 0);
  }
  const std::string too_long = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02";
  ByteReader in(blob_bytes(too_long));
  in.varint();
  EXPECT_FALSE(in.ok()) << "65 bits";
}

}  // namespace
}  // namespace marquee::formats
