#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "batch/evaluate_stage.h"
#include "batch/generate_stage.h"
#include "batch/model_store.h"
#include "batch/publish_stage.h"
#include "batch/train_stage.h"
#include "testing/fake_event_log.h"
#include "testing/fake_feed_store.h"
#include "testing/fake_model_registry.h"
#include "testing/fake_object_store.h"
#include "testing/manual_clock.h"

namespace marquee::batch {

/// A rating by one of two kinds of viewer: even ones love even films, odd ones odd films.
inline Event taste_rating(int user, int movie) {
  Event event;
  event.event_id = Uuid::v7_from(1'000 + user, static_cast<std::uint64_t>(user),
                                 static_cast<std::uint64_t>(movie));
  event.user_id = UserId(fmt::format("u{:03}", user));
  event.movie_id = MovieId(fmt::format("m{:03}", movie));
  event.type = EventType::kRating;
  event.value = 5.0;
  event.ts_ms = 1'000'000 + movie;
  event.accepted_at_ms = event.ts_ms;
  return event;
}

/// Sixty viewers of two tastes over forty films, each with fourteen of the twenty films they like.
inline TrainingInput two_tastes(int users = 60) {
  models::InteractionMatrixBuilder builder;
  for (int user = 0; user < users; ++user) {
    for (int i = 0; i < 14; ++i)
      builder.add(taste_rating(user, ((user / 2 + i) % 20) * 2 + user % 2));
  }
  TrainingInput input;
  input.matrix = builder.build();
  return input;
}

inline TrainOptions small_training() {
  TrainOptions options;
  options.parameters.rank = 4;
  options.parameters.epochs = 8;
  return options;
}

/// Everything a run touches, in memory.
struct World {
  marquee::testing::FakeObjectStore objects;
  marquee::testing::FakeFeedStore feed;
  marquee::testing::FakeModelRegistry registry;
  marquee::testing::ManualClock clock;

  PublishPorts ports() { return PublishPorts{objects, feed, registry, clock, 2}; }

  /// A trained model with lists, not yet published; every call one minute later.
  ModelVersion finished_model(const TrainingInput& input) {
    clock.advance(std::chrono::minutes(1));
    const auto version = new_version(objects, clock.wall_ms());
    const auto manifest = train_stage(input, *version, objects, clock, small_training());
    (void)generate_stage(input, *manifest, objects, 5, 2);
    return *version;
  }
};

}  // namespace marquee::batch
