#include "formats/backup_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/hash.h"

namespace marquee::formats {
namespace {

using ::testing::HasSubstr;

const std::string kSha(64, 'a');

BackupManifest example_backup() {
  BackupManifest manifest;
  manifest.created_at_ms = 1'735'869'600'000;
  manifest.code_version = "0.1.0";
  manifest.log_end = "e:17";
  manifest.files = {{"marquee.db", 4'096, kSha},
                    {"events/00000000000000000000.log", 1'240, std::string(64, 'b')}};
  return manifest;
}

const std::string kBody =
    R"({"schema":1,"created_at":"2025-01-03T02:00:00.000Z","code_version":"0.1.0",)"
    R"("log_end":"e:17","files":[{"path":"marquee.db","bytes":4096,"sha256":")" +
    kSha + R"("},{"path":"events/00000000000000000000.log","bytes":1240,"sha256":")" +
    std::string(64, 'b') + R"("}])";

/// `body`, which lacks its last brace, sealed as docs/formats/backup.md says.
std::string sealed(const std::string& body) {
  const std::string whole = body + "}";
  return body + R"(,"checksum":")" + sha256_hex(std::as_bytes(std::span(whole))) + R"("})";
}

TEST(BackupManifest, IsWrittenAsDocumented) { EXPECT_EQ(to_json(example_backup()), sealed(kBody)); }

TEST(BackupManifest, ReadsBackWhatItWroteWithALineEndOrWithout) {
  for (const char* end : {"", "\n", "\n\n"}) {
    const auto back = parse_backup_manifest(to_json(example_backup()) + end);
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_EQ(*back, example_backup());
  }
}

RC_GTEST_PROP(BackupManifestProperty, ReadsBackWhateverItWrote, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  BackupManifest manifest;
  manifest.created_at_ms = *rc::gen::inRange<std::int64_t>(0, 1LL << 42);
  manifest.code_version = *text;
  manifest.log_end = *text;
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    manifest.files.push_back({*text, *rc::gen::inRange<std::uint64_t>(0, 1ULL << 60), kSha});
  }
  const auto back = parse_backup_manifest(to_json(manifest));
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == manifest);
}

TEST(BackupManifest, FindsEveryChangedByte) {
  const std::string whole = to_json(example_backup());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {1, 0x20}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      const auto back = parse_backup_manifest(changed);
      ASSERT_FALSE(back.ok()) << "byte " << at << " as '" << changed[at] << "'";
      EXPECT_EQ(back.error().code, ErrorCode::kDataLoss) << back.error().message;
      EXPECT_THAT(back.error().message, HasSubstr("backup.json"));
    }
  }
}

TEST(BackupManifest, FindsEveryCut) {
  const std::string whole = to_json(example_backup());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto back = parse_backup_manifest(whole.substr(0, length));
    ASSERT_FALSE(back.ok()) << length << " bytes";
    EXPECT_EQ(back.error().code, ErrorCode::kDataLoss) << back.error().message;
  }
}

TEST(BackupManifest, OfAnotherSchemaSaysSoWhateverElseItHolds) {
  const auto back = parse_backup_manifest(R"({"schema":2,"parts":[]})");
  ASSERT_FALSE(back.ok());
  EXPECT_EQ(back.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(back.error().message, HasSubstr("schema 2"));
}

TEST(BackupManifest, IgnoresMembersOfANewerWriter) {
  std::string body = kBody;
  body.insert(1, R"("host":"a",)");
  const auto back = parse_backup_manifest(sealed(body));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, example_backup());
}

TEST(BackupManifest, RefusesWhatIsSealedButNotOfItsShape) {
  for (const char* body : {R"({"schema":1)", R"({"schema":1,"created_at":5)",
                           R"({"schema":1,"created_at":"2025-01-03T02:00:00.000Z",)"
                           R"("code_version":"","log_end":"","files":[{"path":"a","bytes":-1}])"}) {
    const auto back = parse_backup_manifest(sealed(body));
    ASSERT_FALSE(back.ok()) << body;
    EXPECT_EQ(back.error().code, ErrorCode::kDataLoss) << back.error().message;
    EXPECT_THAT(back.error().message, HasSubstr("backup.json"));
  }
}

}  // namespace
}  // namespace marquee::formats
