// What one core and one viewer take: the figures that docs/scaling.md multiplies.
//
//     marquee_bench_scaling        JSON on standard output, what is under way on standard error

#include <algorithm>
#include <ctime>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>

#include "base/rng.h"
#include "bench/measure.h"
#include "models/ials_trainer.h"
#include "models/item_scores.h"
#include "retrieval/largest_products.h"
#include "speed/fold_batch.h"
#include "speed/profile_table.h"
#include "testing/event_builder.h"
#include "testing/manual_clock.h"

namespace marquee::bench {
namespace {

double thread_cpu_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Films that many watch more often, as in any catalogue.
std::uint32_t some_film(Rng& rng, std::size_t films) {
  const double u = rng.uniform();
  return static_cast<std::uint32_t>(u * u * u * static_cast<double>(films));
}

struct FoldFigures {
  double us_per_event = 0;
  double bytes = 0;  ///< of the table that serving reads
};

/// Folds `events` events of each of `viewers` viewers in turns, into the table that serving reads.
FoldFigures measure_fold(std::size_t viewers, std::size_t events) {
  constexpr std::size_t kStep = 1'024;
  constexpr std::size_t kFilms = 2'000;
  testing::ManualClock clock;
  MovieTable movies;
  for (std::size_t film = 0; film < kFilms; ++film)
    movies.intern(MovieId(fmt::format("f{}", film)));
  Rng rng(1);
  const std::size_t before = mallinfo2().uordblks;
  speed::ProfileTable table(clock);
  double cpu = 0;
  std::uint64_t sequence = 0;
  FoldTotals totals;
  for (std::size_t done = 0; done < viewers * events; done += kStep) {
    std::vector<speed::FoldItem> items;
    for (std::size_t i = 0; i < kStep && done + i < viewers * events; ++i, ++sequence) {
      testing::EventBuilder event(fmt::format("viewer{:09}", sequence % viewers),
                                  fmt::format("f{}", some_film(rng, kFilms)), EventType::kLike);
      items.push_back({event.id(sequence).build(), std::nullopt, sequence});
    }
    speed::FoldBase base;
    base.profile = [&](const UserId& user) { return Result(table.find(user)); };
    base.event = [](const UserId&, const EventId&) {
      return Result(std::optional<AppliedEvent>());
    };
    base.cursor = table.applied();
    base.totals = totals;
    const double begin = thread_cpu_seconds();
    const auto batch = must(speed::fold_batch(items, base, base.cursor, movies, 0));
    table.publish(batch);
    cpu += thread_cpu_seconds() - begin;
    totals = batch.totals;
  }
  return {cpu * 1e6 / static_cast<double>(sequence),
          static_cast<double>(mallinfo2().uordblks - before)};
}

models::InteractionMatrix random_matrix(std::size_t viewers, std::size_t films, std::size_t each) {
  Rng rng(2);
  models::InteractionMatrix matrix;
  for (std::size_t film = 0; film < films; ++film)
    matrix.item_ids.push_back(fmt::format("f{:06}", film));
  for (std::size_t viewer = 0; viewer < viewers; ++viewer) {
    matrix.user_ids.push_back(fmt::format("v{:08}", viewer));
    std::vector<std::uint32_t> columns{static_cast<std::uint32_t>(viewer % films)};
    while (columns.size() < each) columns.push_back(some_film(rng, films));
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    matrix.by_user.columns.insert(matrix.by_user.columns.end(), columns.begin(), columns.end());
    matrix.by_user.starts.push_back(matrix.by_user.columns.size());
  }
  matrix.by_user.weights.assign(matrix.by_user.columns.size(), 1.0F);
  matrix.by_item = models::transpose(matrix.by_user, films);
  return matrix;
}

/// CPU seconds of one epoch on one core, the best of three.
double epoch_seconds(const models::InteractionMatrix& matrix) {
  models::IalsParameters parameters;
  parameters.rank = 64;
  parameters.epochs = 4;
  double best = 1e9;
  double last = thread_cpu_seconds();
  (void)must(models::train_ials(matrix, parameters, ModelVersion("als_20250101_0000"), 1,
                                [&](const models::EpochReport& report) {
                                  const double now = thread_cpu_seconds();
                                  if (report.epoch > 1) best = std::min(best, now - last);
                                  last = thread_cpu_seconds();
                                }));
  return best;
}

struct EpochFigures {
  double ns_per_positive = 0;
  double ns_per_row = 0;
};

/// Two densities of one shape are two equations: positives cost one thing, rows another.
EpochFigures measure_epoch() {
  constexpr std::size_t kViewers = 20'000, kFilms = 4'000;
  const auto sparse = random_matrix(kViewers, kFilms, 20);
  const auto dense = random_matrix(kViewers, kFilms, 120);
  const double few = epoch_seconds(sparse), many = epoch_seconds(dense);
  const auto positives = [](const auto& matrix) {
    return static_cast<double>(matrix.by_user.columns.size());
  };
  const double each = (many - few) / (positives(dense) - positives(sparse));
  return {each * 1e9, (few - each * positives(sparse)) * 1e9 / (kViewers + kFilms)};
}

struct SweepFigures {
  double miss_us = 0;   ///< of a list made anew, for every thousand films
  double lists_us = 0;  ///< of each of everybody's lists, likewise
};

/// CPU of a viewer's best hundred films, alone and among others. Vectors of like lengths: those of
/// a trained model differ, and everybody's lists end at the short ones.
SweepFigures measure_sweeps() {
  constexpr std::size_t kFilms = 60'000, kRank = 64, kViewers = 400, kBest = 100;
  Rng rng(3);
  const auto table = [&rng](std::size_t rows) {
    models::FactorTable made{kRank, {}, {}};
    for (std::size_t row = 0; row < rows; ++row) {
      made.ids.push_back(fmt::format("{:06}", row));
      for (std::size_t d = 0; d < kRank; ++d)
        made.values.push_back(static_cast<float>(rng.normal()));
    }
    return made;
  };
  const auto model = must(models::FactorModel::make(ModelVersion("als_20250101_0000"), {},
                                                    table(kFilms), table(kViewers)));
  const linalg::QuantizedMatrix quantized(model.items().values, kRank);
  std::vector<double> misses;
  for (std::uint32_t viewer = 0; viewer < 100; ++viewer) {
    const double begin = thread_cpu_seconds();
    const auto best = retrieval::largest_products(quantized, model.items().values,
                                                  model.users().row(viewer), kBest, -1e30F, {});
    if (best.size() < kBest) std::exit(1);
    misses.push_back(thread_cpu_seconds() - begin);
  }
  const double begin = thread_cpu_seconds();
  models::best_items_of_users(
      model, {0, model.users().rows()}, kBest, 1,
      [](std::size_t) { return std::span<const std::uint32_t>(); },
      [](std::size_t, const std::vector<linalg::Scored>& best) {
        if (best.size() != kBest) std::exit(1);
      });
  const double lists = thread_cpu_seconds() - begin;
  constexpr double kThousands = kFilms / 1e3;
  return {quantile(misses, 0.5) * 1e6 / kThousands, lists * 1e6 / kViewers / kThousands};
}

int run() {
  fmt::print(stderr, "scaling: one thread, medians or the best of three; {}\n", machine_load());
  // What films have at most is there with few viewers already: the difference is the viewers' own.
  constexpr std::size_t kFew = 20'000, kMany = 40'000;
  const double fixed_and_few = measure_fold(kFew, 100).bytes;
  const FoldFigures fold = measure_fold(kMany, 100);
  const double bytes_per_viewer = (fold.bytes - fixed_and_few) / (kMany - kFew);
  const EpochFigures epoch = measure_epoch();
  const SweepFigures sweeps = measure_sweeps();
  fmt::print(
      "{{\"fold_us_per_event\": {:.3f}, \"state_bytes_per_viewer\": {:.0f}, "
      "\"state_events_per_viewer\": 100, \"epoch_ns_per_positive\": {:.1f}, "
      "\"epoch_ns_per_row\": {:.0f}, \"sweep_us_per_1000_films\": {:.3f}, "
      "\"lists_us_per_1000_films\": {:.3f}}}\n",
      fold.us_per_event, bytes_per_viewer, epoch.ns_per_positive, epoch.ns_per_row, sweeps.miss_us,
      sweeps.lists_us);
  return 0;
}

}  // namespace
}  // namespace marquee::bench

int main() { return marquee::bench::run(); }
