// Texts that somebody chose: each is given back exactly, or refused with an error and nothing of
// its step is stored.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/postgres/stores.h"
#include "base/json_writer.h"
#include "platform/postgres_for_test.h"
#include "testing/event_builder.h"
#include "testing/fold_batch_builder.h"

namespace marquee::testing {
namespace {

std::vector<std::string> hostile_texts() {
  return {"'; DROP TABLE movies; --",
          "\" OR \"\"=\"",
          "$1 %s \\x00 \\' \\\\ E'\\n' $$ {a,\"b\",NULL} (none)",
          "\n\r\t\b\x01\x1F\x7F",
          "\xEF\xBB\xBF byte order mark, \xE2\x80\xAE right to left, e\xCC\x81, \xF4\x8F\xBF\xBF",
          "NULL",
          "",
          std::string("before\0after", 12),
          "\xFF\xFE no UTF-8",
          "\xC0\x80 overlong",
          "\xED\xA0\x80 surrogate",
          "cut \xE2\x98",
          std::string(1'000'000, 'x'),
          std::string(1'000'000, '\'')};
}

bool can_be_stored(const std::string& text) {
  return is_valid_utf8(text) && text.find('\0') == std::string::npos;
}

class PostgresHostileText : public ::testing::Test, public PostgresHarness {
 protected:
  /// Stored when it can be, refused as the caller's fault otherwise.
  static void expect_kept_or_refused(const Result<void>& outcome, const std::string& text) {
    EXPECT_EQ(outcome.ok(), can_be_stored(text)) << text.substr(0, 40);
    if (outcome.ok()) return;
    EXPECT_EQ(outcome.error().code, ErrorCode::kInvalidArgument) << outcome.error().message;
    EXPECT_LT(outcome.error().message.size(), 1'000U);
  }

  postgres::PostgresCatalogStore catalog_{database()};
  postgres::PostgresProfileStore profiles_{database(), movies()};
};

TEST_F(PostgresHostileText, InTheCatalogueIsKeptExactlyOrRefusesTheWholeImport) {
  int number = 0;
  std::vector<Movie> kept;
  for (const std::string& text : hostile_texts()) {
    const Movie good = test_movie(fmt::format("a{:03}", ++number));
    Movie movie = test_movie(fmt::format("b{:03}", number), text, 1999, {text, "Drama"});
    JsonWriter json;
    json.begin_object();
    json.member("text", text == std::string("before\0after", 12) ? "" : text);
    json.end_object();
    movie.metadata = json.take();
    const auto outcome = catalog_.upsert(std::vector{good, movie});
    expect_kept_or_refused(outcome, text);
    if (outcome.ok()) kept.insert(kept.end(), {good, movie});
    expect_kept_or_refused(catalog_.set_dataset(text), text);
    if (!can_be_stored(text)) continue;
    EXPECT_EQ(*catalog_.dataset(), text);
  }
  std::sort(kept.begin(), kept.end(),
            [](const Movie& a, const Movie& b) { return a.id.value() < b.id.value(); });
  EXPECT_EQ(*catalog_.load(), kept);
}

TEST_F(PostgresHostileText, AsAnIdOfAFilmIsKeptOrRefused) {
  for (const std::string& text : hostile_texts()) {
    const auto outcome = catalog_.upsert(std::vector{test_movie(text)});
    // A million equal letters compress to an id that an index can hold; it is no matter which.
    if (text.size() < 1'000) expect_kept_or_refused(outcome, text);
    const auto loaded = catalog_.load();
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    const bool there = std::any_of(loaded->begin(), loaded->end(),
                                   [&](const Movie& movie) { return movie.id.value() == text; });
    EXPECT_EQ(there, outcome.ok());
  }
}

TEST_F(PostgresHostileText, InAnEventIsKeptExactlyOrRefusesTheWholeStep) {
  std::uint64_t sequence = 0;
  for (const std::string& text : hostile_texts()) {
    if (text.size() > 1'000) continue;  // ids have at most 128 characters
    const auto good = EventBuilder("good", "m1").id(1'000 + sequence);
    const auto hostile =
        EventBuilder("u" + text, "m" + text).id(sequence).session("s" + text).list("l" + text, 1);
    FoldBatchBuilder batch(profiles_);
    batch.apply(good, sequence, sequence).apply(hostile, 0, sequence);
    batch.profile("u" + text, UserProfile{}).count(movies(), "m" + text, 1, 1);
    const std::uint64_t before = profiles_.totals()->cursor.next(Offset::kEmbedded);
    const auto outcome = profiles_.apply(batch.build(before + 1));
    expect_kept_or_refused(outcome, text);
    EXPECT_EQ(profiles_.totals()->cursor.next(Offset::kEmbedded), before + (outcome.ok() ? 1 : 0));
    EXPECT_EQ(profiles_.find_event(UserId("good"), test_event_id(1'000 + sequence))->has_value(),
              outcome.ok());
    if (outcome.ok()) {
      EXPECT_EQ(*profiles_.find_event(UserId("u" + text), test_event_id(sequence)),
                hostile.applied(0, sequence));
      EXPECT_NE(*profiles_.find_profile(UserId("u" + text)), nullptr);
      ++sequence;
    }
  }
}

TEST_F(PostgresHostileText, InADeadLetterIsMadeFitSoThatTheFoldGoesOn) {
  std::uint64_t sequence = 0;
  for (const std::string& text : hostile_texts()) {
    FoldBatchBuilder batch(profiles_);
    batch.dead_letter(EventBuilder(text, text).id(sequence).session(text).list(text), sequence,
                      text);
    const auto stored = profiles_.apply(batch.build(sequence + 1));
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    ++sequence;
  }
  const auto letters = profiles_.dead_letters(100);
  ASSERT_EQ(letters->size(), hostile_texts().size());
  EXPECT_EQ((*letters)[0].reason, hostile_texts()[0]);
  EXPECT_EQ((*letters)[0].event.user_id.value(), hostile_texts()[0]);
  EXPECT_EQ((*letters)[7].reason,
            "before\xEF\xBF\xBD"
            "after");
}

TEST_F(PostgresHostileText, InListsAndModelsIsKeptExactlyOrRefused) {
  postgres::PostgresFeedStore feed(database());
  postgres::PostgresModelRegistry models(database());
  postgres::PostgresRecommendationLog log(database());
  for (const std::string& text : hostile_texts()) {
    if (text.size() > 1'000 || text.empty()) continue;
    const ModelVersion generation(text);
    using Next = std::optional<std::pair<UserId, std::vector<ScoredMovie>>>;
    Next next(std::pair(UserId(text), std::vector<ScoredMovie>{{MovieId("m1"), 0.5F}}));
    const auto put =
        feed.put(generation, [&]() -> Result<Next> { return std::exchange(next, std::nullopt); });
    expect_kept_or_refused(put, text);
    const auto found = feed.find(generation, UserId(text));
    EXPECT_EQ(found.ok() && found->size() == 1U, put.ok());
    expect_kept_or_refused(models.add({generation, 1, R"({"a":1})", std::nullopt}), text);
    ShownList shown;
    shown.list_id = ListId(text);
    shown.user_id = UserId(text);
    expect_kept_or_refused(log.append(std::vector{shown}), text);
  }
  EXPECT_EQ(models.add({ModelVersion("v"), 1, "no JSON", std::nullopt}).error().code,
            ErrorCode::kInvalidArgument);
}

TEST_F(PostgresHostileText, ThatAStagePrintsDoesNotKeepTheSchedulerFromItsWork) {
  postgres::PostgresRunStore runs(database());
  const auto token = runs.acquire("a", 1'000, 1'000)->value().token;
  marquee::Run run;
  run.id = "r1";
  run.pipeline = "batch";
  ASSERT_TRUE(runs.create(token, run).ok());
  for (const std::string& text : hostile_texts()) {
    run.detail = text;
    EXPECT_TRUE(runs.update(token, run).ok());
    const std::vector<RunLogLine> lines{{0, "train", 1, 0, text}};
    EXPECT_TRUE(runs.append_log(token, "r1", lines).ok());
  }
  EXPECT_EQ(runs.log("r1", std::nullopt, 0, 100)->size(), hostile_texts().size());
}

}  // namespace
}  // namespace marquee::testing
