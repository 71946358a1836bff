#include "models/interaction_matrix.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/rng.h"

namespace marquee::models {
namespace {

Event make_event(const std::string& user, const std::string& item, EventType type,
                 std::optional<double> value, std::uint64_t id) {
  Event event;
  event.event_id = Uuid::v7_from(1'000, id, id);
  event.user_id = UserId(user);
  event.movie_id = MovieId(item);
  event.type = type;
  event.value = value;
  return event;
}

Event undo_of(const std::string& user, std::uint64_t undone, std::uint64_t id) {
  Event event = make_event(user, "any", EventType::kUndo, std::nullopt, id);
  event.undoes = Uuid::v7_from(1'000, undone, undone);
  return event;
}

using Pairs = std::set<std::pair<std::string, std::string>>;

Pairs pairs_of(const InteractionMatrix& matrix) {
  Pairs pairs;
  for (std::size_t u = 0; u < matrix.user_ids.size(); ++u) {
    for (const std::uint32_t i : matrix.by_user.columns_of(u)) {
      pairs.emplace(matrix.user_ids[u], matrix.item_ids[i]);
    }
  }
  return pairs;
}

Pairs positives(const std::vector<Event>& events) {
  InteractionMatrixBuilder builder;
  for (const Event& event : events) builder.add(event);
  return pairs_of(builder.build());
}

const Pairs kNone;
const Pairs kOne{{"u", "m"}};

TEST(InteractionMatrix, OfNoEventsIsEmpty) {
  const InteractionMatrix matrix = InteractionMatrixBuilder().build();
  EXPECT_TRUE(matrix.user_ids.empty());
  EXPECT_EQ(matrix.by_user.rows(), 0U);
  EXPECT_EQ(matrix.by_item.rows(), 0U);
}

TEST(InteractionMatrix, KeepsPositivesWithWeightOneAndIgnoresWhatSaysNothing) {
  InteractionMatrixBuilder builder;
  builder.add(make_event("u2", "m9", EventType::kRating, 4.5, 1));
  builder.add(make_event("u1", "m9", EventType::kClick, std::nullopt, 2));
  builder.add(make_event("u1", "m1", EventType::kView, 0.9, 3));
  builder.add(make_event("u1", "m5", EventType::kImpression, std::nullopt, 4));
  builder.add(make_event("u3", "m5", EventType::kView, 0.1, 5));
  builder.add(make_event("u3", "m5", EventType::kRating, 3.0, 6));
  const InteractionMatrix matrix = builder.build();
  EXPECT_EQ(matrix.user_ids, (std::vector<std::string>{"u1", "u2"}));
  EXPECT_EQ(matrix.item_ids, (std::vector<std::string>{"m1", "m9"}));
  EXPECT_EQ(matrix.by_user.columns, (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(matrix.by_user.starts, (std::vector<std::uint64_t>{0, 2, 3}));
  EXPECT_EQ(matrix.by_user.weights, (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(matrix.by_item.columns, (std::vector<std::uint32_t>{0, 0, 1}));
  EXPECT_EQ(matrix.by_item.starts, (std::vector<std::uint64_t>{0, 1, 3}));
}

TEST(InteractionMatrix, TheLatestVerdictWins) {
  const Event like = make_event("u", "m", EventType::kLike, std::nullopt, 1);
  const Event dislike = make_event("u", "m", EventType::kDislike, std::nullopt, 2);
  EXPECT_EQ(positives({like, dislike}), kNone);
  EXPECT_EQ(positives({dislike, like}), kOne);
  EXPECT_EQ(positives({like, make_event("u", "m", EventType::kNotInterested, {}, 3)}), kNone);
}

TEST(InteractionMatrix, AnUndoTakesBackWhatItNames) {
  const Event like = make_event("u", "m", EventType::kLike, std::nullopt, 1);
  const Event dislike = make_event("u", "m", EventType::kDislike, std::nullopt, 2);
  EXPECT_EQ(positives({like, undo_of("u", 1, 3)}), kNone);
  EXPECT_EQ(positives({like, dislike, undo_of("u", 2, 3)}), kOne);
  EXPECT_EQ(positives({like, dislike, undo_of("u", 1, 3)}), kNone);
}

TEST(InteractionMatrix, AnUndoCountsOnlyForItsOwnViewerAndForEarlierEvents) {
  const Event like = make_event("u", "m", EventType::kLike, std::nullopt, 1);
  EXPECT_EQ(positives({like, undo_of("someone else", 1, 3)}), kOne);
  EXPECT_EQ(positives({undo_of("u", 1, 3), like}), kOne);
  EXPECT_EQ(positives({like, undo_of("u", 99, 3)}), kOne);
}

TEST(InteractionMatrix, AnUndoCannotBeUndone) {
  const Event like = make_event("u", "m", EventType::kLike, std::nullopt, 1);
  EXPECT_EQ(positives({like, undo_of("u", 1, 2), undo_of("u", 2, 3)}), kNone);
}

TEST(InteractionMatrix, AnUndoWithoutATargetSaysNothing) {
  Event undo = undo_of("u", 1, 2);
  undo.undoes.reset();
  EXPECT_EQ(positives({make_event("u", "m", EventType::kLike, {}, 1), undo}), kOne);
}

TEST(InteractionMatrix, ANeutralRatingReplacesOlderRatingsButNotALike) {
  const Event five = make_event("u", "m", EventType::kRating, 5.0, 1);
  const Event three = make_event("u", "m", EventType::kRating, 3.0, 2);
  const Event like = make_event("u", "m", EventType::kLike, std::nullopt, 3);
  EXPECT_EQ(positives({five, three}), kNone);
  EXPECT_EQ(positives({three, five}), kOne);
  EXPECT_EQ(positives({like, five, three}), kOne);
  EXPECT_EQ(positives({five, three, undo_of("u", 2, 4)}), kOne);
}

TEST(InteractionMatrix, IdsAreComparedAsText) {
  EXPECT_EQ(positives({make_event("10", "2", EventType::kLike, {}, 1),
                       make_event("9", "10", EventType::kLike, {}, 2)}),
            (Pairs{{"10", "2"}, {"9", "10"}}));
}

/// The sentence of the contract, written down as slowly as possible.
Pairs slow_positives(const std::vector<Event>& events) {
  std::vector<Event> standing;
  for (const Event& event : events) {
    if (event.type == EventType::kUndo) {
      std::erase_if(standing, [&](const Event& earlier) {
        return earlier.user_id == event.user_id && earlier.event_id == *event.undoes;
      });
      continue;
    }
    standing.push_back(event);
  }
  std::map<std::pair<std::string, std::string>, std::vector<Event>> by_pair;
  for (const Event& event : standing) {
    auto& of_pair = by_pair[{event.user_id.value(), event.movie_id.value()}];
    if (event.type == EventType::kRating) {
      std::erase_if(of_pair, [](const Event& e) { return e.type == EventType::kRating; });
    }
    of_pair.push_back(event);
  }
  Pairs pairs;
  for (const auto& [pair, of_pair] : by_pair) {
    bool positive = false;
    for (const Event& event : of_pair) {
      if (is_positive(event)) positive = true;
      if (is_negative(event.type, event.value)) positive = false;
    }
    if (positive) pairs.insert(pair);
  }
  return pairs;
}

std::vector<Event> random_events(std::uint64_t seed, std::size_t count) {
  Rng rng(seed);
  std::vector<Event> events;
  for (std::uint64_t id = 0; id < count; ++id) {
    const std::string user = fmt::format("u{}", rng.below(4));
    const auto type = static_cast<EventType>(rng.below(11));
    if (type == EventType::kUndo) {
      events.push_back(undo_of(user, rng.below(id + 1), id));
      continue;
    }
    const double value =
        type == EventType::kRating ? 0.5 * static_cast<double>(1 + rng.below(10)) : rng.uniform();
    events.push_back(make_event(user, fmt::format("m{}", rng.below(6)), type, value, id));
  }
  return events;
}

TEST(InteractionMatrix, AgreesWithTheSlowReadingOfTheContract) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto events = random_events(seed, 1 + seed % 80);
    ASSERT_EQ(positives(events), slow_positives(events)) << "seed " << seed;
  }
}

TEST(InteractionMatrix, IsWellFormedAndTheSameWhicheverUserCameFirst) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto events = random_events(seed, 60);
    InteractionMatrixBuilder builder;
    for (const Event& event : events) builder.add(event);
    const InteractionMatrix matrix = builder.build();
    std::vector<Event> regrouped;  // by user, descending, each in log order
    for (const char* user : {"u3", "u2", "u1", "u0"}) {
      std::copy_if(events.begin(), events.end(), std::back_inserter(regrouped),
                   [&](const Event& event) { return event.user_id.value() == user; });
    }
    InteractionMatrixBuilder other;
    for (const Event& event : regrouped) other.add(event);
    EXPECT_EQ(other.build(), matrix);
    EXPECT_TRUE(std::is_sorted(matrix.user_ids.begin(), matrix.user_ids.end()));
    EXPECT_TRUE(std::is_sorted(matrix.item_ids.begin(), matrix.item_ids.end()));
    EXPECT_EQ(transpose(matrix.by_item, matrix.user_ids.size()), matrix.by_user);
    for (std::size_t i = 0; i < matrix.item_ids.size(); ++i) {
      EXPECT_FALSE(matrix.by_item.columns_of(i).empty());
    }
  }
}

TEST(InteractionMatrix, CanBeBuiltAgainAfterMoreEvents) {
  InteractionMatrixBuilder builder;
  builder.add(make_event("u", "m", EventType::kLike, {}, 1));
  EXPECT_EQ(pairs_of(builder.build()).size(), 1U);
  InteractionMatrixBuilder moved = std::move(builder);
  moved.add(make_event("u", "n", EventType::kLike, {}, 2));
  EXPECT_EQ(pairs_of(moved.build()).size(), 2U);
}

}  // namespace
}  // namespace marquee::models
