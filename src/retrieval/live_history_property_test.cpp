// Goal: whatever a viewer did, in whatever order, the weights are those of the definition, and the
// shares that explain a score add up to it.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "retrieval/contributions.h"
#include "retrieval/key_set.h"
#include "retrieval/live_history.h"
#include "retrieval/model_fixture.h"

namespace marquee::retrieval {
namespace {

constexpr MovieKey kFilms = 9;
/// Films 3 and 7 have no item row; film 8 lies beyond the table.
const std::vector<std::int32_t> kRowsOfFilms{4, 0, 2, -1, 1, 5, 3, -1};

UserProfile random_profile() {
  UserProfile profile;
  const auto size = *rc::gen::inRange<std::size_t>(0, 40);
  for (std::size_t i = 0; i < size; ++i) {
    Interaction interaction;
    interaction.movie = *rc::gen::inRange<MovieKey>(0, kFilms);
    interaction.type = static_cast<EventType>(*rc::gen::inRange(1, 10));
    if (interaction.type == EventType::kRating) {
      interaction.value = 0.5F * static_cast<float>(*rc::gen::inRange(1, 11));
    } else if (interaction.type == EventType::kView) {
      interaction.value = 0.1F * static_cast<float>(*rc::gen::inRange(0, 11));
    }
    interaction.seq = i;
    profile.recent.push_back(interaction);
  }
  return profile;
}

std::optional<double> value_of(const Interaction& interaction) {
  if (!interaction.value) return std::nullopt;
  return double{*interaction.value};
}

bool likes(const Interaction& interaction) {
  return is_positive(interaction.type, value_of(interaction));
}

bool dislikes(const Interaction& interaction) {
  return is_negative(interaction.type, value_of(interaction));
}

/// The positives of one film, newest first; none when the viewer has turned against it since.
std::vector<Interaction> standing(const UserProfile& profile, MovieKey movie) {
  std::vector<Interaction> events;
  for (auto at = profile.recent.rbegin(); at != profile.recent.rend(); ++at) {
    if (at->movie != movie) continue;
    if (dislikes(*at) && events.empty()) return {};
    if (likes(*at)) events.push_back(*at);
  }
  return events;
}

double type_weight(EventType type, const HistoryWeights& weights) {
  if (type == EventType::kRating) return weights.rating.weight;
  if (type == EventType::kLike) return weights.like.weight;
  if (type == EventType::kView) return weights.view.weight;
  if (type == EventType::kWatchlistAdd) return weights.watchlist_add.weight;
  return type == EventType::kClick ? weights.click.weight : weights.search_click.weight;
}

/// The age of an event: how many films of the model were liked last after it.
std::size_t liked_since(const UserProfile& profile, std::uint64_t seq) {
  std::size_t films = 0;
  for (MovieKey movie = 0; movie < kRowsOfFilms.size(); ++movie) {
    const auto events = standing(profile, movie);
    if (kRowsOfFilms[movie] >= 0 && !events.empty() && events.front().seq > seq) ++films;
  }
  return films;
}

RC_GTEST_PROP(LivePositives, WeighEachFilmAsTheDefinitionSays, ()) {
  const UserProfile profile = random_profile();
  HistoryWeights weights;
  weights.decay = 0.8;
  weights.like.weight = 0.9;
  const auto positives = live_history(profile, kRowsOfFilms, weights).positives;
  std::size_t expected = 0;
  for (MovieKey movie = 0; movie < kFilms; ++movie) {
    const auto events = standing(profile, movie);
    const bool in_model = movie < kRowsOfFilms.size() && kRowsOfFilms[movie] >= 0;
    const auto found =
        std::find_if(positives.begin(), positives.end(),
                     [movie](const LivePositive& positive) { return positive.movie == movie; });
    RC_ASSERT((found != positives.end()) == (in_model && !events.empty()));
    if (found == positives.end()) continue;
    ++expected;
    double best = 0;
    for (const Interaction& event : events) {
      const auto age = static_cast<double>(liked_since(profile, event.seq));
      best = std::max(best, std::max(weights.floor, std::pow(weights.decay, age)) *
                                type_weight(event.type, weights));
    }
    RC_ASSERT(std::abs(double{found->item.weight} - best) < 1e-5);
    RC_ASSERT(found->item.row == static_cast<std::uint32_t>(kRowsOfFilms[movie]));
  }
  RC_ASSERT(positives.size() == expected);
}

RC_GTEST_PROP(LivePositives, StandNewestFirstAndAreFoldedInOrderOfRows, ()) {
  const UserProfile profile = random_profile();
  const auto positives = live_history(profile, kRowsOfFilms, {}).positives;
  for (std::size_t i = 1; i < positives.size(); ++i) {
    RC_ASSERT(standing(profile, positives[i - 1].movie).front().seq >
              standing(profile, positives[i].movie).front().seq);
  }
  const auto items = weighted_items(positives);
  RC_ASSERT(items.size() == positives.size());
  for (std::size_t i = 1; i < items.size(); ++i) RC_ASSERT(items[i - 1].row < items[i].row);
}

std::vector<models::WeightedItem> random_history(std::size_t rows) {
  std::vector<models::WeightedItem> history;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (*rc::gen::inRange(0, 3) != 0) continue;
    history.push_back({row, 0.1F * static_cast<float>(*rc::gen::inRange(1, 20))});
  }
  return history;
}

RC_GTEST_PROP(Contributions, AddUpToTheScoreOfTheFoldedInVector, ()) {
  constexpr std::size_t kItems = 30;
  const auto model = random_model(kItems, 6, *rc::gen::inRange<std::uint64_t>(1, 1'000));
  const auto history = random_history(kItems);
  const auto target = *rc::gen::inRange<std::uint32_t>(0, kItems);
  const auto shares = contributions(*model, history, target);
  RC_ASSERT(shares.ok());
  RC_ASSERT(shares->size() == history.size());
  const auto vector = models::fold_in(*model, history);
  RC_ASSERT(vector.ok());
  double score = 0;
  for (std::size_t d = 0; d < 6; ++d) score += (*vector)[d] * model->items().row(target)[d];
  RC_ASSERT(std::abs(std::accumulate(shares->begin(), shares->end(), 0.0) - score) < 1e-3);
}

TEST(Contributions, AFilmSpeaksForItselfAndAWeightOfZeroSaysNothing) {
  const auto model = random_model(30, 6, 5);
  const std::vector<models::WeightedItem> history{{2, 1.0F}, {9, 0.0F}, {20, 1.0F}};
  const auto shares = contributions(*model, history, 2);
  ASSERT_TRUE(shares.ok());
  EXPECT_GT((*shares)[0], 0.0F) << "yᵀA⁻¹y of a positive definite A";
  EXPECT_EQ((*shares)[1], 0.0F);
  EXPECT_TRUE(contributions(*model, {}, 2)->empty());
}

TEST(Contributions, RefuseARowOutsideTheModelWhereverItStands) {
  const auto model = random_model(10, 4, 5);
  const std::vector<models::WeightedItem> outside{{1, 1.0F}, {10, 1.0F}};
  EXPECT_EQ(contributions(*model, outside, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(contributions(*model, {}, 10).error().code, ErrorCode::kInvalidArgument);
}

RC_GTEST_PROP(KeySet, IsASetOfTheKeysBelowItsBound,
              (const std::vector<std::pair<bool, std::uint8_t>>& changes)) {
  const auto bound = *rc::gen::inRange<std::size_t>(0, 200);
  const std::size_t words = (bound + 63) / 64 * 64;  // whole words are held
  KeySet set(bound);
  std::set<MovieKey> wanted;
  for (const auto& [insert, key] : changes) {
    if (insert) {
      set.insert(key);
      if (key < words) wanted.insert(key);
    } else {
      set.erase(key);
      wanted.erase(key);
    }
  }
  for (MovieKey key = 0; key < 300; ++key) RC_ASSERT(set.contains(key) == wanted.contains(key));
}

}  // namespace
}  // namespace marquee::retrieval
