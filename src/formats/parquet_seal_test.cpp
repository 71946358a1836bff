#include "formats/parquet_seal.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::formats::internal {
namespace {

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Something like a Parquet file: content, then metadata with an unsealed checksum, then a footer.
std::vector<std::byte> unsealed(const std::string& content) {
  return bytes_of(content + std::string(kSealKey) + "\x18\x0f" + std::string(kUnsealed) + "PAR1");
}

TEST(ParquetSeal, HoldsForWhatWasSealed) {
  EXPECT_TRUE(rc::check([](const std::string& content) {
    auto file = unsealed(content);
    const std::size_t size = file.size();
    seal(file);
    RC_ASSERT(file.size() == size);
    RC_ASSERT(check_seal(file).ok());
  }));
}

TEST(ParquetSeal, BreaksWithEveryFlippedBitOfTheContent) {
  auto file = unsealed("the content of a file");
  seal(file);
  const std::size_t key_at = std::string("the content of a file").size();
  for (std::size_t at = 0; at < key_at; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto damaged = file;
      damaged[at] ^= static_cast<std::byte>(1 << bit);
      const auto result = check_seal(damaged);
      ASSERT_FALSE(result.ok()) << at << "." << bit;
      EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
    }
  }
}

TEST(ParquetSeal, BreaksWhenItsOwnDigitsAreDamagedAndSaysSoInOneLine) {
  auto file = unsealed("content");
  seal(file);
  file[file.size() - 5] = std::byte{'\n'};
  const auto result = check_seal(file);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
  EXPECT_NE(result.error().message.find("unreadable"), std::string::npos);
}

TEST(ParquetSeal, IsPinned) {
  auto file = unsealed("123456789");
  seal(file);
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  EXPECT_EQ(text.substr(text.size() - 12, 8), "63e577f9");
}

TEST(ParquetSeal, TakesTheLastPlaceThatLooksLikeIt) {
  auto file = unsealed("a value that says " + std::string(kUnsealed) + " itself ");
  seal(file);
  EXPECT_TRUE(check_seal(file).ok());
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  EXPECT_NE(text.find(kUnsealed), std::string::npos) << "content is left alone";
}

TEST(ParquetSeal, LetsFilesOfOtherWritersPass) {
  EXPECT_TRUE(check_seal(bytes_of("")).ok());
  EXPECT_TRUE(check_seal(bytes_of("PAR1 crc32c=12345678 PAR1")).ok()) << "without the key";
  EXPECT_TRUE(check_seal(bytes_of(std::string(kSealKey))).ok()) << "without a value";
  EXPECT_TRUE(check_seal(bytes_of(std::string(kSealKey) + "crc32c=123")).ok()) << "cut short";
  auto plain = bytes_of("no seal at all");
  const auto before = plain;
  seal(plain);
  EXPECT_EQ(plain, before);
}

}  // namespace
}  // namespace marquee::formats::internal
