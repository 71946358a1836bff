// The part of `./dev bench spark` that wants the C++ core: who is held out, and how good a model is
// for them.
//
//     marquee_bench_spark split DATASET DIR      a lakehouse in DIR that holds the training viewers
//     alone,
//                                                and a run for each job of deploy/spark
//     marquee_bench_spark measure DATASET DIR    NDCG@100 of the native trainer and of each model
//     in DIR, on
//                                                the held-out viewers
//
// DATASET: a directory as for marquee import, or synthetic:VIEWERS:FILMS:EVENTS

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "adapters/embedded/files/directory_object_store.h"
#include "base/clock.h"
#include "batch/import_history.h"
#include "batch/model_store.h"
#include "batch/run.h"
#include "datasets/dataset.h"
#include "evaluation/strong_generalization.h"
#include "models/ials_trainer.h"

namespace marquee::bench {
namespace {

constexpr std::uint64_t kSplitSeed = 98'765;  // that of batch/evaluate_stage.cpp
constexpr const char* kRuns[] = {"batch_model_training", "native_training"};

Result<std::unique_ptr<datasets::Dataset>> open_dataset(const std::string& name) {
  datasets::SyntheticOptions options;
  if (std::sscanf(name.c_str(), "synthetic:%zu:%zu:%zu", &options.users, &options.movies,
                  &options.interactions) == 3) {
    return datasets::make_synthetic(options);
  }
  return datasets::open_directory(name, {});
}

Result<evaluation::UserSplit> split_of(const std::string& name) {
  MARQUEE_TRY(const auto dataset, open_dataset(name));
  std::vector<Event> events;
  MARQUEE_CHECK(dataset->interactions([&](Event event) -> Result<void> {
    events.push_back(std::move(event));
    return {};
  }));
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.ts_ms < b.ts_ms; });
  models::InteractionMatrixBuilder builder;
  for (const Event& event : events) builder.add(event);
  return evaluation::split_users(builder.build(), {.seed = kSplitSeed});
}

/// Every positive as a like.
Result<void> give_likes(const models::InteractionMatrix& matrix,
                        const std::function<Result<void>(Event)>& take) {
  std::uint64_t number = 0;
  for (std::size_t user = 0; user < matrix.user_ids.size(); ++user) {
    for (const std::uint32_t item : matrix.by_user.columns_of(user)) {
      ++number;
      Event event;
      event.event_id = Uuid::v7_from(1'600'000'000'000, number, number);
      event.user_id = UserId(matrix.user_ids[user]);
      event.movie_id = MovieId(matrix.item_ids[item]);
      event.type = EventType::kLike;
      event.ts_ms = event.accepted_at_ms = 1'600'000'000'000;
      MARQUEE_CHECK(take(std::move(event)));
    }
  }
  return {};
}

Result<void> split(const std::string& dataset, ObjectStore& objects) {
  MARQUEE_TRY(const auto users, split_of(dataset));
  MARQUEE_TRY(const auto written,
              batch::write_history([&](const auto& take) { return give_likes(users.train, take); },
                                   objects));
  for (const char* run : kRuns) {
    const SystemClock clock;
    batch::RunRequest request;
    request.run_id = run;
    MARQUEE_TRY(const auto record, batch::begin_run(request, objects, nullptr, clock));
    fmt::print("run {} makes {}\n", record.run_id, record.model_version.value());
  }
  fmt::print("{} positives of {} viewers and {} films; {} viewers held out\n", written.events,
             users.train.user_ids.size(), users.train.item_ids.size(),
             users.validation.size() + users.test.size());
  return {};
}

/// By held-out viewer, those for validation too: nothing was chosen by them here.
Result<std::vector<double>> ndcg_100(const evaluation::UserSplit& users,
                                     const models::FactorModel& model, std::size_t workers) {
  if (model.items().ids != users.train.item_ids) {
    return Error{ErrorCode::kInvalidArgument, model.version().value() + " has other films"};
  }
  std::vector<evaluation::HeldOutUser> held_out = users.validation;
  held_out.insert(held_out.end(), users.test.begin(), users.test.end());
  MARQUEE_TRY(const auto scores,
              evaluation::score_users(held_out, users.train.item_ids.size(),
                                      evaluation::fold_in_scorer(model), workers));
  return scores.ndcg_100;
}

Result<void> measure(const std::string& dataset, const ObjectStore& objects) {
  const std::size_t workers = std::max(1U, std::thread::hardware_concurrency());
  MARQUEE_TRY(const auto users, split_of(dataset));
  double seconds = 0;
  std::int32_t epochs = 0;
  MARQUEE_TRY(const auto native,
              models::train_ials(users.train, {}, ModelVersion("native"), workers,
                                 [&](const models::EpochReport& report) {
                                   seconds += report.seconds;
                                   epochs = report.epoch;
                                 }));
  MARQUEE_TRY(const auto reference, ndcg_100(users, native, workers));
  fmt::print(
      "{:24} NDCG@100 {:.4f} of {} viewers, {:.3f} s an epoch in one process of {} threads\n",
      "marquee batch train", evaluation::estimate(reference).mean, reference.size(),
      seconds / epochs, workers);
  MARQUEE_TRY(const auto versions, batch::stored_models(objects));
  for (const ModelVersion& version : versions) {
    MARQUEE_TRY(const auto manifest, batch::load_manifest(objects, version));
    MARQUEE_TRY(const auto model, batch::load_model(objects, manifest));
    MARQUEE_TRY(const auto figures, ndcg_100(users, model, workers));
    const auto gain = evaluation::paired_difference(figures, reference);
    const bool same = model.items().values == native.items().values &&
                      model.users().values == native.users().values;
    fmt::print("{:24} NDCG@100 {:.4f}, {:+.4f} ({:+.4f} to {:+.4f}){}\n", manifest.run_id,
               evaluation::estimate(figures).mean, gain.mean, gain.low(), gain.high(),
               same ? ", the same bits" : "");
  }
  return {};
}

Result<void> run(const std::string& verb, const std::string& dataset, const char* directory) {
  MARQUEE_TRY(const auto objects, embedded::DirectoryObjectStore::open(directory));
  if (verb == "split") return split(dataset, *objects);
  return measure(dataset, *objects);
}

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  const std::string verb = argc == 4 ? argv[1] : "";
  if (verb != "split" && verb != "measure") {
    fmt::print(stderr, "usage: marquee_bench_spark split|measure DATASET DIR\n");
    return 2;
  }
  const auto done = marquee::bench::run(verb, argv[2], argv[3]);
  if (done.ok()) return 0;
  fmt::print(stderr, "marquee_bench_spark: {}\n", done.error().message);
  return 1;
}
