#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "batch/evaluate_stage.h"
#include "batch/generate_stage.h"
#include "batch/model_store.h"
#include "batch/publish_stage.h"
#include "batch/run.h"
#include "batch/train_stage.h"
#include "testing/fake_catalog_store.h"
#include "testing/fake_event_log.h"
#include "testing/fake_factor_store.h"
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

/// A run whose model is `version` and quickly trained.
inline formats::RunRecord small_run(const std::string& version = "als_20250101_0000") {
  models::IalsParameters parameters;
  parameters.rank = 4;
  parameters.epochs = 8;
  formats::Manifest manifest;
  set_parameters(manifest, parameters);
  formats::RunRecord run;
  run.run_id = "run-of-" + version;
  run.as_of_ms = 1'735'689'600'000;
  run.model_version = ModelVersion(version);
  run.seed = manifest.seed;
  run.parameters = manifest.parameters;
  run.top_n = 5;
  return run;
}

/// Everything a run touches, in memory.
struct World {
  marquee::testing::FakeObjectStore objects;
  marquee::testing::FakeFeedStore feed;
  marquee::testing::FakeFactorStore factors;
  marquee::testing::FakeModelRegistry registry;
  marquee::testing::FakeCatalogStore catalog;  ///< the films of two_tastes()
  marquee::testing::ManualClock clock;

  World() { add_films(""); }
  /// Forty films whose ids begin with `prefix`.
  void add_films(const std::string& prefix) {
    std::vector<Movie> movies(40);
    for (std::size_t m = 0; m < movies.size(); ++m) {
      movies[m].id = MovieId(fmt::format("{}m{:03}", prefix, m));
      movies[m].title = fmt::format("Film {}", m);
    }
    (void)catalog.upsert(movies);
  }
  PublishPorts ports() { return PublishPorts{objects, feed, registry, catalog, clock, 2}; }
  /// With a store for vectors.
  PublishPorts ports_with_factors() {
    return PublishPorts{objects, feed, registry, catalog, clock, 2, &factors, true};
  }

  /// The run of a measured model with lists, not yet published; every call one minute later.
  formats::RunRecord finished_run(const TrainingInput& input) {
    clock.advance(std::chrono::minutes(1));
    const auto version = new_version(objects, clock.wall_ms());
    formats::RunRecord run = small_run(version->value());
    run.as_of_ms = clock.wall_ms();
    run.baseline = *registry.current();
    const auto manifest = train_stage(input, run, objects, TrainOptions{});
    (void)evaluate_stage(input, run, objects, 2);
    (void)generate_stage(input, *load_manifest(objects, run.model_version), objects,
                         {.top_n = static_cast<std::size_t>(run.top_n), .workers = 2});
    return run;
  }
  /// Every object by its key.
  std::map<std::string, std::vector<std::byte>> all_objects() const {
    std::map<std::string, std::vector<std::byte>> all;
    const auto keys = objects.list("");
    for (const std::string& key : *keys) all[key] = *objects.get(key);
    return all;
  }
  ModelVersion finished_model(const TrainingInput& input) {
    return finished_run(input).model_version;
  }
};

}  // namespace marquee::batch
