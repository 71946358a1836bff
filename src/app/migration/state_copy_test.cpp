// Goal: a copied state is the same in every row, however the steps fall, and one that was cut off
// says of itself that it holds nothing.

#include "app/migration/state_copy.h"

#include <gtest/gtest.h>

#include "testing/fake_profile_store.h"
#include "testing/fold_batch_builder.h"
#include "testing/forwarding_profile_store.h"

namespace marquee::app {
namespace {

using testing::EventBuilder;
using testing::FakeProfileStore;
using testing::FoldBatchBuilder;

class StateCopyTest : public ::testing::Test {
 protected:
  StateCopyTest() {
    movies_.intern(MovieId("seen first"));
    FoldBatchBuilder batch(from_);
    for (std::uint64_t seq = 0; seq < 12'000; ++seq) {
      auto row = EventBuilder("long", "m1").id(seq).applied(seq, seq);
      row.undone = seq == 7;
      batch.apply(row);
    }
    UserProfile profile;
    profile.history_size = profile.version = 12'000;
    profile.movies.push_back(MovieState{.movie = movies_.intern(MovieId("m1")), .seen = 3});
    batch.profile("long", profile)
        .apply(EventBuilder("short", "m2").id(1), 0, std::nullopt)
        .profile("short", UserProfile{})
        .profile("canary", UserProfile{})
        .count(movies_, "m2", 5, 3)
        .dead_letter(EventBuilder("u1", "m3").id(3), 12'001, "poison")
        .repeat(EventBuilder("long", "m1").id(1), 12'002, true);
    FoldBatch step = batch.build(12'003);
    step.totals = {12'000, 1, 1, 1};
    step.after.set_next(3, 5);
    EXPECT_TRUE(from_.apply(step).ok());
  }

  FakeProfileStore from_;
  MovieTable movies_;
};

TEST_F(StateCopyTest, TakesEveryRowWithCursorAndTotals) {
  FakeProfileStore to;
  MovieTable to_movies;
  std::uint64_t copied = 0;
  const auto done =
      copy_state({from_, movies_}, {to, to_movies}, [&](std::uint64_t viewers, std::uint64_t all) {
        EXPECT_EQ(all, 3U);
        copied = viewers;
      });
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(copied, 3U);
  EXPECT_EQ(to.applied_events(), from_.applied_events());
  EXPECT_EQ(to.deduplicated(), from_.deduplicated());
  EXPECT_EQ(*to.dead_letters(9), *from_.dead_letters(9));
  EXPECT_EQ(to.totals()->cursor, from_.totals()->cursor);
  EXPECT_EQ(to.totals()->totals, from_.totals()->totals);
  std::vector<CountDelta> counts;
  ASSERT_TRUE(
      to.load([](UserId, UserProfile) {}, [&](const CountDelta& count) { counts.push_back(count); })
          .ok());
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(to_movies.id_of(counts[0].movie), MovieId("m2"));
  EXPECT_EQ(to_movies.id_of((*to.find_profile(UserId("long")))->movies[0].movie), MovieId("m1"));
  EXPECT_GT(to.applies(), 3U);
}

TEST_F(StateCopyTest, ThatWasCutOffStandsAtTheStart) {
  class Failing final : public testing::ForwardingProfileStore {
   public:
    using ForwardingProfileStore::ForwardingProfileStore;
    Result<void> apply(const FoldBatch& batch) override {
      if (--left_ < 0) return Error{ErrorCode::kUnavailable, "away"};
      return ForwardingProfileStore::apply(batch);
    }

   private:
    int left_ = 2;
  };
  FakeProfileStore to;
  Failing failing(to);
  MovieTable to_movies;
  EXPECT_FALSE(copy_state({from_, movies_}, {failing, to_movies}, [](auto, auto) {}).ok());
  EXPECT_EQ(to.totals()->cursor, Cursor());
  EXPECT_EQ(to.totals()->totals, FoldTotals());
  ASSERT_TRUE(copy_state({from_, movies_}, {to, to_movies}, [](auto, auto) {}).ok());
  EXPECT_EQ(to.applied_events(), from_.applied_events()) << "the repeat starts over";
}

}  // namespace
}  // namespace marquee::app
