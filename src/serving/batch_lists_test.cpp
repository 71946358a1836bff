// Goal: a list of L3 is read once for many blends, and never outlives what it stands for.

#include "serving/batch_lists.h"

#include <thread>

#include <gtest/gtest.h>

#include "testing/fake_feed_store.h"
#include "testing/manual_clock.h"

namespace marquee::serving {
namespace {

const ModelVersion kFirst("als_20250101_0000");
const ModelVersion kSecond("als_20250102_0000");

class BatchListsTest : public ::testing::Test {
 protected:
  BatchListsTest() {
    for (const char* film : {"a", "b", "c"}) movies_.intern(MovieId(film));
  }
  void put(const ModelVersion& generation, const std::vector<std::string>& films, int viewers = 1) {
    int next = 0;
    using Row = std::pair<UserId, std::vector<ScoredMovie>>;
    const auto rows = [&]() -> Result<std::optional<Row>> {
      if (next == viewers) return std::optional<Row>();
      Row row{UserId("u" + std::to_string(next++)), {}};
      for (const std::string& film : films) row.second.push_back({MovieId(film), 0.5F});
      return std::optional(std::move(row));
    };
    ASSERT_TRUE(feed_.put(generation, rows).ok());
  }
  std::string find(const BatchLists& lists, const ModelVersion& generation,
                   const std::string& user = "u0") {
    const auto list = lists.find(generation, UserId(user));
    if (!list.ok()) return "error";
    std::string ids;
    for (const Candidate& film : **list) ids += movies_.id_of(film.movie).value();
    return ids;
  }
  double counted(const char* from) {
    return metrics_.counter("marquee_batch_lists_total", "", {{"from", from}}).value();
  }

  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  MovieTable movies_;
  testing::FakeFeedStore feed_;
  BatchLists lists_{feed_, movies_, clock_, metrics_, 1'000};
};

TEST_F(BatchListsTest, AListIsReadOnceAndThenKept) {
  put(kFirst, {"b", "a"});
  EXPECT_EQ(find(lists_, kFirst), "ba");
  feed_.fail_next_reads(100, {ErrorCode::kUnavailable, "gone"});
  EXPECT_EQ(find(lists_, kFirst), "ba");
  EXPECT_EQ(counted("kept"), 1);
  EXPECT_EQ(counted("store"), 1);
  EXPECT_EQ(find(lists_, kFirst, "u1"), "error") << "another viewer";
}

TEST_F(BatchListsTest, ThatAViewerHasNoneIsKeptToo) {
  put(kFirst, {"a"});
  EXPECT_EQ(find(lists_, kFirst, "stranger"), "");
  EXPECT_EQ(find(lists_, kFirst, "stranger"), "");
  EXPECT_EQ(counted("store"), 1);
}

TEST_F(BatchListsTest, EachGenerationHasItsOwn) {
  put(kFirst, {"a"});
  put(kSecond, {"c"});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(find(lists_, kFirst), "a");
    EXPECT_EQ(find(lists_, kSecond), "c");
  }
}

TEST_F(BatchListsTest, ListsWrittenAgainUnderTheSameVersionAreSeenWithinAMinute) {
  put(kFirst, {"a"});
  EXPECT_EQ(find(lists_, kFirst), "a");
  put(kFirst, {"b"});
  clock_.advance(BatchLists::kLife - std::chrono::seconds(1));
  EXPECT_EQ(find(lists_, kFirst), "a");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(find(lists_, kFirst), "b");
}

TEST_F(BatchListsTest, AFilmThatBecomesKnownIsInTheNextList) {
  put(kFirst, {"a", "later"});
  EXPECT_EQ(find(lists_, kFirst), "a");
  movies_.intern(MovieId("later"));
  EXPECT_EQ(find(lists_, kFirst), "alater");
}

TEST_F(BatchListsTest, AFailedReadIsAnErrorAndNothingIsKeptOfIt) {
  put(kFirst, {"a"});
  feed_.fail_next_reads(1, {ErrorCode::kUnavailable, "gone"});
  EXPECT_EQ(find(lists_, kFirst), "error");
  EXPECT_EQ(find(lists_, kFirst), "a");
}

TEST_F(BatchListsTest, KeepsNoMoreThanItMayAndNothingWhenItMayNot) {
  put(kFirst, {"a"}, 500);
  const BatchLists few(feed_, movies_, clock_, metrics_, 64);
  const auto all_kept = [&](const BatchLists& lists, int viewers) {
    const double before = counted("kept");
    for (int viewer = 0; viewer < viewers; ++viewer) {
      EXPECT_EQ(find(lists, kFirst, "u" + std::to_string(viewer)), "a");
    }
    return counted("kept") - before;
  };
  (void)all_kept(few, 500);
  EXPECT_LE(all_kept(few, 500), 64);
  (void)all_kept(lists_, 200);
  EXPECT_EQ(all_kept(lists_, 200), 200);
  const BatchLists none(feed_, movies_, clock_, metrics_, 0);
  (void)all_kept(none, 5);
  EXPECT_EQ(all_kept(none, 5), 0);
}

TEST_F(BatchListsTest, WhoIsAskedForOftenStays) {
  put(kFirst, {"a"}, 500);
  const BatchLists few(feed_, movies_, clock_, metrics_, 128);
  (void)find(few, kFirst, "u0");
  const double before = counted("kept");
  for (int viewer = 1; viewer < 300; ++viewer) {
    (void)find(few, kFirst, "u" + std::to_string(viewer));
    (void)find(few, kFirst, "u0");
  }
  EXPECT_EQ(counted("kept") - before, 299);
}

TEST_F(BatchListsTest, ManyThreadsGetWhatIsTheirs) {
  put(kFirst, {"a", "b"}, 100);
  put(kSecond, {"c"}, 100);
  const BatchLists few(feed_, movies_, clock_, metrics_, 64);
  std::vector<std::jthread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&, n] {
      for (int i = 0; i < 500; ++i) {
        const std::string user = "u" + std::to_string((i * 7 + n) % 100);
        EXPECT_EQ(find(few, kFirst, user), "ab");
        EXPECT_EQ(find(few, kSecond, user), "c");
      }
    });
  }
}

}  // namespace
}  // namespace marquee::serving
