// Goal: two states have one hash exactly when they are the same: every field counts, no order does.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "speed/rebuild.h"
#include "testing/fake_profile_store.h"

namespace marquee::speed {
namespace {

/// A state in which every field says something.
struct State {
  std::string user = "u1";
  std::string film = "m1";
  UserProfile profile;
  CountDelta count{0, 20'000, 3};
};

State rich_state() {
  State state;
  state.profile.version = 4;
  state.profile.history_size = 6;
  state.profile.last_offset = Offset{Offset::kEmbedded, 9};
  state.profile.recent = {{0, EventType::kRating, 4.5F, 1'000, 2},
                          {1, EventType::kClick, {}, 5, 3}};
  state.profile.movies = {{0, 2, 1, 0, false, 20'000}, {1, 1, 0, 1, true, 0}};
  return state;
}

std::string hash_of(const State& state, const std::vector<std::string>& interned_first = {}) {
  MovieTable movies;
  for (const std::string& id : interned_first) movies.intern(MovieId(id));
  const std::vector<MovieKey> keys{movies.intern(MovieId(state.film)),
                                   movies.intern(MovieId("m2"))};
  auto profile = std::make_shared<UserProfile>(state.profile);
  for (Interaction& interaction : profile->recent) interaction.movie = keys[interaction.movie];
  for (MovieState& film : profile->movies) film.movie = keys[film.movie];
  std::sort(profile->movies.begin(), profile->movies.end(),
            [](const MovieState& a, const MovieState& b) { return a.movie < b.movie; });
  FoldBatch batch;
  batch.profiles.emplace_back(UserId(state.user), profile);
  batch.counts.push_back({keys[state.count.movie], state.count.day, state.count.delta});
  testing::FakeProfileStore store;
  EXPECT_TRUE(store.apply(batch).ok());
  const auto hash = hash_state(store, movies);
  EXPECT_TRUE(hash.ok());
  return hash.ok() ? hash->hex : "";
}

struct Flip {
  const char* field;
  std::function<void(State&)> change;
};

std::vector<Flip> flips_of_the_profile() {
  return {
      {"user", [](State& s) { s.user = "u2"; }},
      {"film id", [](State& s) { s.film = "m3"; }},
      {"version", [](State& s) { ++s.profile.version; }},
      {"history_size", [](State& s) { ++s.profile.history_size; }},
      {"no last_offset", [](State& s) { s.profile.last_offset.reset(); }},
      {"last_offset.sequence", [](State& s) { ++s.profile.last_offset->sequence; }},
      {"last_offset.partition", [](State& s) { s.profile.last_offset->partition = 0; }},
      {"recent.movie", [](State& s) { s.profile.recent[0].movie = 1; }},
      {"recent.type", [](State& s) { s.profile.recent[0].type = EventType::kView; }},
      {"recent.value", [](State& s) { s.profile.recent[0].value = 5.0F; }},
      {"no recent.value", [](State& s) { s.profile.recent[0].value.reset(); }},
      {"recent.value of zero", [](State& s) { s.profile.recent[1].value = 0.0F; }},
      {"recent.ts", [](State& s) { --s.profile.recent[0].ts_ms; }},
      {"recent.seq", [](State& s) { s.profile.recent[0].seq = 1; }},
      {"order of recent", [](State& s) { std::swap(s.profile.recent[0], s.profile.recent[1]); }},
      {"one recent less", [](State& s) { s.profile.recent.pop_back(); }},
      {"movies.seen", [](State& s) { ++s.profile.movies[0].seen; }},
      {"movies.positive", [](State& s) { ++s.profile.movies[0].positive; }},
      {"movies.hidden", [](State& s) { ++s.profile.movies[0].hidden; }},
      {"movies.watchlisted", [](State& s) { s.profile.movies[0].watchlisted = true; }},
      {"movies.counted_day", [](State& s) { ++s.profile.movies[0].counted_day; }},
      {"one film less", [](State& s) { s.profile.movies.pop_back(); }},
      {"count.movie", [](State& s) { s.count.movie = 1; }},
      {"count.day", [](State& s) { ++s.count.day; }},
      {"count", [](State& s) { ++s.count.delta; }},
      {"negative count", [](State& s) { s.count.delta = -3; }},
  };
}

TEST(StateHash, ChangesWithEveryField) {
  std::map<std::string, const char*> seen{{hash_of(rich_state()), "nothing"}};
  for (const Flip& flip : flips_of_the_profile()) {
    State state = rich_state();
    flip.change(state);
    const auto [same, is_new] = seen.emplace(hash_of(state), flip.field);
    EXPECT_TRUE(is_new) << flip.field << " hashes like " << same->second;
  }
}

TEST(StateHash, DoesNotDependOnTheKeysThatThisProcessDealt) {
  const std::string plain = hash_of(rich_state());
  EXPECT_EQ(hash_of(rich_state(), {"m2"}), plain);
  EXPECT_EQ(hash_of(rich_state(), {"zzz", "m2", "aaa"}), plain);
}

TEST(StateHash, ACountOfZeroIsLikeNone) {
  State none = rich_state();
  none.count.delta = 0;
  State elsewhere = none;
  elsewhere.count.day = 1;
  EXPECT_EQ(hash_of(none), hash_of(elsewhere));
}

TEST(StateHash, DoesNotDependOnTheStepsThatLedThere) {
  MovieTable movies;
  const MovieKey film = movies.intern(MovieId("m1"));
  testing::FakeProfileStore at_once;
  testing::FakeProfileStore in_steps;
  const auto profile = std::make_shared<UserProfile>();
  profile->version = 2;
  FoldBatch whole;
  whole.profiles = {{UserId("b"), profile}, {UserId("a"), profile}};
  whole.counts = {{film, 7, 2}, {film, 6, 1}};
  ASSERT_TRUE(at_once.apply(whole).ok());
  for (const char* user : {"a", "b"}) {
    FoldBatch step;
    step.profiles = {{UserId(user), profile}};
    step.counts = {{film, 7, 1}};
    if (*user == 'a') step.counts.push_back({film, 6, 1});
    ASSERT_TRUE(in_steps.apply(step).ok());
  }
  EXPECT_EQ(hash_state(at_once, movies)->hex, hash_state(in_steps, movies)->hex);
}

TEST(StateHash, PassesOnThatTheStoreIsAway) {
  testing::FakeProfileStore store;
  store.fail_next_reads(1, Error{ErrorCode::kUnavailable, "away"});
  EXPECT_EQ(hash_state(store, MovieTable()).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace marquee::speed
