// Goal: the tier that needs nothing: in order, bounded in cost, and never in anyone's way.

#include "serving/popular_films.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "testing/fake_folded_state.h"
#include "testing/manual_clock.h"

namespace marquee::serving {
namespace {

using namespace std::chrono_literals;

class PopularFilmsTest : public ::testing::Test {
 protected:
  MovieKey key(const std::string& id) { return movies_.intern(MovieId(id)); }
  void viewers(const std::string& film, std::int32_t count) {
    state_.count({key(film), 20'000, count});
  }
  std::string best() const { return movies_.id_of(popular_.get()->front().movie).value(); }

  testing::ManualClock clock_;
  MovieTable movies_;
  testing::FakeFoldedState state_{clock_};
  PopularFilms popular_{state_, movies_, clock_, {}, 300ms};
};

TEST_F(PopularFilmsTest, OfNobodyIsAnEmptyListAndNotNull) {
  ASSERT_NE(popular_.get(), nullptr);
  EXPECT_TRUE(popular_.get()->empty());
}

TEST_F(PopularFilmsTest, TheBestScoresOneAndTheOthersTheirShareOfIt) {
  viewers("a", 5);
  viewers("b", 20);
  viewers("c", 1);
  const auto list = *popular_.get();
  EXPECT_EQ(list, (std::vector<Candidate>{{key("b"), 1.0F}, {key("a"), 0.25F}, {key("c"), 0.05F}}));
}

TEST_F(PopularFilmsTest, TiesGoByMovieIdAsTextWhateverTheKeys) {
  for (const char* film : {"9", "10", "2"}) viewers(film, 3);
  const auto list = *popular_.get();
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].movie, key("10"));
  EXPECT_EQ(list[1].movie, key("2"));
  EXPECT_EQ(list[2].movie, key("9"));
}

TEST_F(PopularFilmsTest, IsCountedAnewOnlyAfterAChangeAndNotMoreOftenThanAllowed) {
  viewers("a", 1);
  const auto first = popular_.get();
  clock_.advance(10s);
  EXPECT_EQ(popular_.get(), first) << "nothing changed";
  viewers("b", 7);
  EXPECT_EQ(best(), "b") << "the last count is long ago";
  viewers("c", 50);
  EXPECT_EQ(best(), "b") << "just counted";
  clock_.advance(299ms);
  EXPECT_EQ(best(), "b");
  clock_.advance(1ms);
  EXPECT_EQ(best(), "c");
}

TEST_F(PopularFilmsTest, OfALongLivedServerIsThatOfAFreshOneOnceTheRefreshIsOver) {
  Rng rng(3);
  std::map<std::pair<MovieKey, std::int32_t>, std::int32_t> counts;
  for (int step = 0; step < 300; ++step) {
    const MovieKey film = key("m" + std::to_string(rng.below(12)));
    const auto day = static_cast<std::int32_t>(20'000 + rng.below(200));
    std::int32_t& count = counts[{film, day}];
    const std::int32_t delta = count > 0 && rng.below(2) == 0 ? -count : 1;  // undone, or met
    count += delta;
    state_.count({film, day, delta});
    if (rng.below(3) == 0) (void)popular_.get();
    clock_.advance(std::chrono::milliseconds(rng.below(200)));
    if (rng.below(10) != 0) continue;
    clock_.advance(300ms);
    const PopularFilms fresh(state_, movies_, clock_, {}, 300ms);
    EXPECT_EQ(*popular_.get(), *fresh.get()) << step;
  }
}

TEST_F(PopularFilmsTest, AListThatWasHandedOutStaysAsItWas) {
  viewers("a", 1);
  const auto first = popular_.get();
  viewers("b", 7);
  clock_.advance(1s);
  ASSERT_NE(popular_.get(), first);
  EXPECT_EQ(first->size(), 1U);
}

/// A state whose counts can be held up.
class SlowState final : public FoldedState {
 public:
  std::shared_ptr<const UserProfile> find(const UserId&) const override { return nullptr; }
  void read_counts(const std::function<void(const MovieCounts&)>& read) const override {
    std::unique_lock lock(mutex_);
    ++reading_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    read(counts_);
  }
  std::uint64_t counts_version() const override { return version_; }
  void read_transitions(const std::function<void(const TransitionCounts&)>&) const override {}
  std::vector<UserId> first_viewers(MovieKey) const override { return {}; }
  Cursor applied() const override { return {}; }
  void when_applied(const Offset&, std::chrono::steady_clock::time_point,
                    std::function<void(bool)> done) override {
    done(true);
  }

  void change(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    counts_.add({0, 20'000, 1});
    ++version_;
    changed_.notify_all();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }
  void wait_for_reader(int number) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reading_ >= number; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int reading_ = 0;
  bool held_ = false;
  std::atomic<std::uint64_t> version_ = 1;
  MovieCounts counts_;
};

TEST(PopularFilms, WhileOneThreadCountsTheOthersGetTheListBefore) {
  testing::ManualClock clock;
  MovieTable movies;
  movies.intern(MovieId("a"));
  SlowState state;
  const PopularFilms popular(state, movies, clock, {}, 0ms);
  const auto before = popular.get();
  EXPECT_TRUE(before->empty());
  state.change(true);
  std::shared_ptr<const std::vector<Candidate>> counted;
  std::jthread counting([&] { counted = popular.get(); });
  state.wait_for_reader(2);
  EXPECT_EQ(popular.get(), before) << "does not wait";
  state.release();
  counting.join();
  EXPECT_EQ(counted->size(), 1U);
  EXPECT_EQ(popular.get(), counted);
}

TEST(PopularFilms, TheVeryFirstListIsWaitedForByAll) {
  testing::ManualClock clock;
  MovieTable movies;
  movies.intern(MovieId("a"));
  SlowState state;
  state.change(true);
  const PopularFilms popular(state, movies, clock, {}, 300ms);
  std::atomic<int> full = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { full += popular.get()->size() == 1 ? 1 : 0; });
    }
    state.wait_for_reader(1);
    state.release();
  }
  EXPECT_EQ(full, 4);
}

}  // namespace
}  // namespace marquee::serving
