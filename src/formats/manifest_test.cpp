#include "formats/manifest.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "formats/history_index.h"

namespace marquee::formats {
namespace {

const std::string kFileSha(64, 'a');

Manifest example_manifest() {
  Manifest manifest;
  manifest.version = ModelVersion("als_20250103_0200");
  manifest.created_at_ms = 1'735'869'600'000;
  manifest.run_id = "2025-01-03";
  manifest.seed = std::numeric_limits<std::uint64_t>::max();
  manifest.parameters = {{"rank", 64}, {"regularization", 0.003}};
  manifest.files = {{"models/als_20250103_0200/item_factors.parquet", kFileSha, 12'345}};
  manifest.input = {100'836, 17, "e:17"};
  manifest.rows = {610, 9'724, 48'580};
  manifest.metrics = {{"ndcg_at_100", 0.328}, {"recall_at_20", 0.303}};
  manifest.code_version = "0.1.0";
  return manifest;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// As a program wrote it before manifests had checksums.
std::string of_schema_1(const Manifest& manifest) {
  std::string text = to_json(manifest);
  text.erase(text.rfind(R"(,"checksum")"));
  return replaced(text + "}", R"("schema":2)", R"("schema":1)");
}

TEST(Manifest, IsWrittenAsDocumented) {
  const std::string text =
      R"({"schema":2,"version":"als_20250103_0200","created_at":"2025-01-03T02:00:00.000Z",)"
      R"("run_id":"2025-01-03","code_version":"0.1.0","seed":18446744073709551615,)"
      R"("parameters":{"rank":64,"regularization":0.003},)"
      R"("input":{"history_events":100836,"log_events":17,"log_end":"e:17"},)"
      R"("rows":{"users":610,"items":9724,"interactions":48580},)"
      R"("metrics":{"ndcg_at_100":0.328,"recall_at_20":0.303},)"
      R"("files":[{"key":"models/als_20250103_0200/item_factors.parquet","sha256":")" +
      kFileSha + R"(","bytes":12345}])";
  EXPECT_EQ(to_json(example_manifest()),
            text + R"(,"checksum":")" + sha256_hex(std::as_bytes(std::span(text))) + R"("})");
}

TEST(Manifest, AnyFlippedBitIsFound) {
  const std::string good = to_json(example_manifest());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto back = parse_manifest(flipped);
    ASSERT_FALSE(back.ok()) << "bit " << bit << ": " << flipped;
    EXPECT_EQ(back.error().code, ErrorCode::kDataLoss);
  }
}

TEST(Manifest, ReadsOneThatWasWrittenBeforeManifestsHadChecksums) {
  const auto back = parse_manifest(of_schema_1(example_manifest()));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, example_manifest());
}

TEST(Manifest, ReadsBackWhatItWrote) {
  const auto back = parse_manifest(to_json(example_manifest()));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, example_manifest());
  Manifest bare;
  bare.version = ModelVersion("v");
  EXPECT_EQ(*parse_manifest(to_json(bare)), bare);
}

TEST(Manifest, WritesANumberThatIsNoneAsNullAndReadsItAsNan) {
  Manifest manifest = example_manifest();
  manifest.metrics = {{"loss", std::numeric_limits<double>::infinity()}};
  const auto back = parse_manifest(to_json(manifest));
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(std::isnan(back->metrics.at(0).second));
}

TEST(Manifest, IgnoresMembersItDoesNotKnow) {
  const auto back =
      parse_manifest(replaced(of_schema_1(example_manifest()), "{", R"({"new":[1,{"a":2}],)"));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(*back, example_manifest());
}

TEST(Manifest, NamesTheMemberThatIsMissingOrWrong) {
  const std::string good = of_schema_1(example_manifest());
  const auto message = [&good](const std::string& from, const std::string& to) {
    const auto result = parse_manifest(replaced(good, from, to));
    EXPECT_FALSE(result.ok()) << from;
    if (result.ok()) return std::string();
    EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
    return result.error().message;
  };
  EXPECT_EQ(message(R"("run_id":"2025-01-03",)", ""), "manifest: 'run_id' is missing or no text");
  EXPECT_EQ(message(R"("rows":{)", R"("rows":{"users":-1},"x":{)"),
            "manifest: 'rows': 'users' is missing or no count");
  EXPECT_EQ(message(R"("rank":64)", R"("rank":"64")"),
            "manifest: 'parameters.rank' is missing or no number");
  EXPECT_EQ(message(kFileSha, "ABC"), "manifest: 'files[0]': 'sha256' is missing or no SHA-256");
  EXPECT_EQ(message("2025-01-03T02", "2025-13-03T02"),
            "manifest: 'created_at' is missing or no RFC 3339 time");
  EXPECT_EQ(message("als_20250103_0200\",\"c", "../../etc\",\"c"),
            "manifest: 'version' is no model version");
  EXPECT_EQ(message(R"("schema":1)", R"("schema":3)"),
            "manifest has schema 3, this program reads 2: use a newer program");
}

TEST(Manifest, RefusesWhatIsNoJsonObjectAndEveryTruncation) {
  for (const char* text : {"", "[]", "null", "{", "\xFF", "7"}) {
    const auto result = parse_manifest(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kDataLoss);
  }
  const std::string good = to_json(example_manifest());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_manifest(std::string_view(good).substr(0, size)).ok());
  }
}

HistoryIndex example_index() {
  return {{{"archived-events/2015/01/01/events-import-000-a.parquet", kFileSha, 900, 10},
           {"archived-events/2016/01/01/events-import-000-b.parquet", kFileSha, 800, 7}},
          17};
}

TEST(HistoryIndex, IsWrittenAsDocumented) {
  const HistoryIndex index{{{"archived-events/2015/01/01/e.parquet", kFileSha, 900, 10}}, 10};
  EXPECT_EQ(to_json(index),
            R"({"schema":1,"events":10,"files":[{"key":"archived-events/2015/01/01/e.parquet",)"
            R"("sha256":")" +
                kFileSha + R"(","bytes":900,"events":10}]})");
}

TEST(HistoryIndex, ReadsBackWhatItWrote) {
  EXPECT_EQ(*parse_history_index(to_json(example_index())), example_index());
  EXPECT_EQ(*parse_history_index(to_json(HistoryIndex{})), HistoryIndex{});
}

TEST(HistoryIndex, RefusesSumsThatDisagreeAndNewerSchemas) {
  const std::string good = to_json(example_index());
  const auto sums = parse_history_index(replaced(good, R"("events":17)", R"("events":18)"));
  ASSERT_FALSE(sums.ok());
  EXPECT_EQ(sums.error().message, "history.json: its files hold 17 events, it says 18");
  EXPECT_FALSE(parse_history_index(replaced(good, R"("schema":1)", R"("schema":2)")).ok());
  EXPECT_FALSE(parse_history_index(good.substr(0, good.size() - 1)).ok());
}

}  // namespace
}  // namespace marquee::formats
