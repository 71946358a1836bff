// Goal: an import is there whole or not at all, says what it skipped, and stops past the limit.

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/command_line/command_line.h"
#include "app/commands/commands.h"
#include "app/owner/owner.h"
#include "app/server/application.h"
#include "app/small_dataset_fixture.h"
#include "app/storage/import_mark.h"
#include "app/storage/storage.h"
#include "speed/rebuild.h"

namespace marquee::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ImportTest : public SmallDatasetTest {
 protected:
  void append_to_ratings(const std::string& lines) const {
    std::ofstream(dataset() / "ratings.csv", std::ios::app) << lines;
  }
  Result<void> import() {
    ::testing::internal::CaptureStderr();
    auto done = commands::import_dataset(loaded_, dataset().string());
    err_ = ::testing::internal::GetCapturedStderr();
    return done;
  }
  /// Everything that somebody could see: films, data set, history, folded state, end of the log.
  std::string seen() const {
    const auto storage = Storage::open_reader(loaded_.settings);
    if (!storage.ok()) return storage.error().message;
    const Storage& data = **storage;
    const auto hash = speed::hash_state(data.stores->profiles, data.movies);
    return fmt::format("{} films of '{}', {} objects, state {}, log to {}",
                       data.stores->catalog.load()->size(), *data.stores->catalog.dataset(),
                       data.objects->list("archived-events/")->size(), hash->hex,
                       data.log->end().next(Offset::kEmbedded));
  }
  /// A server takes one click and one film.
  void use_the_directory() const {
    const auto application = Application::start(loaded_.settings);
    ASSERT_TRUE(application.ok()) << application.error().message;
    const auto owner = find_owner(loaded_.settings);
    ASSERT_TRUE(ask_owner(**owner, "PUT", "/api/movies/own", R"({"title":"Own"})").ok());
    ASSERT_TRUE(ask_owner(**owner, "POST", "/api/events",
                          R"({"user_id":"u","movie_id":"own","event_type":"like"})")
                    .ok());
  }

  std::string err_;
};

TEST_F(ImportTest, SkipsAndReportsMalformedLinesUpToTheLimit) {
  loaded_.settings.import_skipped_share_max = 0.02;  // of 243 lines: 4
  append_to_ratings("7,2\n8,3,nine stars,1500000000\n9,4,4.0,not a time\n");
  const auto done = import();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_THAT(err_, HasSubstr("skipped ratings.csv:242: not 4 fields\n"));
  EXPECT_THAT(err_, HasSubstr("skipped ratings.csv:243: "));
  EXPECT_THAT(err_, HasSubstr("skipped ratings.csv:244: "));
  EXPECT_THAT(err_, HasSubstr("40 films, 240 interactions, 3 lines skipped"));
}

TEST_F(ImportTest, ReportsTheFirstTwentyLinesAndCountsTheOthers) {
  loaded_.settings.import_skipped_share_max = 0.5;
  for (int i = 0; i < 25; ++i) append_to_ratings("broken\n");
  ASSERT_TRUE(import().ok());
  EXPECT_THAT(err_, HasSubstr("ratings.csv:261:"));
  EXPECT_THAT(err_, Not(HasSubstr("ratings.csv:262:")));
  EXPECT_THAT(err_, HasSubstr("… and 5 more\n"));
  EXPECT_THAT(err_, HasSubstr("25 lines skipped"));
}

TEST_F(ImportTest, PastTheLimitNothingOfItIsSeenInAFreshDirectory) {
  append_to_ratings("broken\n");  // 1 of 242 is more than 0.1 %
  const auto done = import();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(exit_code(done.error().code), 4);
  EXPECT_THAT(done.error().message, HasSubstr("ratings.csv:242: not 4 fields; 1 of 242 lines"));
  EXPECT_THAT(done.error().message, HasSubstr("import.skipped_share_max"));
  EXPECT_THAT(err_, HasSubstr("skipped ratings.csv:242: not 4 fields"));
  EXPECT_THAT(seen(), HasSubstr("0 films of '', 0 objects"));
}

TEST_F(ImportTest, PastTheLimitADirectoryThatHoldsDataStaysAsItWas) {
  use_the_directory();
  const std::string before = seen();
  ASSERT_THAT(before, HasSubstr("1 films of '', 0 objects"));
  ASSERT_THAT(before, HasSubstr("log to 1"));
  append_to_ratings("broken\n");
  EXPECT_EQ(exit_code(import().error().code), 4);
  EXPECT_EQ(seen(), before);
  std::ofstream(dataset() / "movies.csv", std::ios::app) << "no film at all\n";
  EXPECT_THAT(import().error().message, HasSubstr("movies.csv:42"));
  EXPECT_EQ(seen(), before);
}

TEST_F(ImportTest, HistoryGoesBeforeTheEventsOfADirectoryThatHoldsSome) {
  use_the_directory();
  ASSERT_TRUE(import().ok());
  EXPECT_THAT(seen(), HasSubstr("41 films of 'MovieLens dataset'"));
  EXPECT_THAT(seen(), HasSubstr("log to 1"));
  const auto storage = Storage::open_reader(loaded_.settings);
  EXPECT_EQ((*storage)->stores->profiles.totals()->totals,
            (FoldTotals{.applied = 1, .history = 240}));
}

TEST_F(ImportTest, CutOffHalfwayIsSeenByNobodyUntilItIsDoneAgain) {
  use_the_directory();
  ASSERT_TRUE(ImportMark::set(loaded_.settings.data_dir, "some/where").ok());
  const auto serving = Application::start(loaded_.settings);
  ASSERT_FALSE(serving.ok());
  EXPECT_THAT(serving.error().message, HasSubstr("marquee import --dataset some/where"));
  EXPECT_FALSE(Storage::open_reader(loaded_.settings).ok());
  ASSERT_TRUE(import().ok());
  EXPECT_TRUE(Application::start(loaded_.settings).ok());
}

TEST_F(ImportTest, AFailureAfterACutOffImportLeavesTheMark) {
  ASSERT_TRUE(import().ok());
  {  // as if killed after the history was written and before the films were
    const auto storage = Storage::open_owner(loaded_.settings);
    ASSERT_TRUE((*storage)->stores->catalog.set_dataset("").ok());
    ASSERT_TRUE(ImportMark::set(loaded_.settings.data_dir, dataset().string()).ok());
  }
  append_to_ratings("broken\n");
  ASSERT_FALSE(import().ok());
  EXPECT_FALSE(Storage::open_reader(loaded_.settings).ok()) << "half an import must stay unseen";
  loaded_.settings.import_skipped_share_max = 0.1;
  ASSERT_TRUE(import().ok());
  EXPECT_TRUE(Storage::open_reader(loaded_.settings).ok());
}

}  // namespace
}  // namespace marquee::app
