#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/progress.h"
#include "app/storage.h"
#include "batch/import_history.h"
#include "datasets/dataset.h"
#include "speed/rebuild.h"

namespace marquee::app::commands {
namespace {

Result<std::unique_ptr<datasets::Dataset>> open_dataset(const std::string& name) {
  if (name == "synthetic") return datasets::make_synthetic({});
  return datasets::open_directory(name, {});
}

void report_skipped(const datasets::Dataset& dataset) {
  for (const datasets::SkippedLine& line : dataset.skipped()) {
    fmt::print(stderr, "skipped {}:{}: {}\n", line.file, line.line, line.reason);
  }
  if (dataset.skipped_count() > dataset.skipped().size()) {
    fmt::print(stderr, "… and {} more\n", dataset.skipped_count() - dataset.skipped().size());
  }
}

/// Streams the interactions into the archive. Nothing is visible until the last object is written.
Result<void> archive(datasets::Dataset& dataset, Storage& storage, Progress& progress) {
  std::uint64_t count = 0;
  const auto interactions = [&](const std::function<Result<void>(Event)>& take) -> Result<void> {
    return dataset.interactions([&](Event event) -> Result<void> {
      if (++count % 10'000 == 0) progress.update(fmt::format("{} interactions read", count));
      return take(std::move(event));
    });
  };
  const auto written = batch::write_history(interactions, *storage.objects);
  if (!written.ok()) return written.error();
  return {};
}

Result<FoldTotals> fold(Storage& storage) {
  MARQUEE_TRY(const auto history, batch::read_history(*storage.objects));
  MARQUEE_CHECK(storage.stores->profiles.reset());
  return speed::fold_from_zero(history, storage.log.get(), std::nullopt, storage.stores->profiles,
                               storage.movies);
}

}  // namespace

Result<void> import_dataset(const LoadedSettings& loaded, const std::string& name) {
  MARQUEE_TRY(const auto dataset, open_dataset(name));
  MARQUEE_TRY(const auto storage, Storage::open_owner(loaded.settings));
  MARQUEE_TRY(const std::string present, storage->stores->catalog.dataset());
  if (present == dataset->name()) {
    fmt::print("{} is in {} already\n", present, storage->paths.directory.string());
    return {};
  }
  if (!present.empty()) {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} holds {} already: name another directory with --data to import {}",
                             storage->paths.directory.string(), present, dataset->name())};
  }
  Progress progress;
  progress.step("import");
  MARQUEE_TRY(const auto movies, dataset->movies());
  if (movies.empty()) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{} has no films", dataset->name())};
  }
  MARQUEE_CHECK(archive(*dataset, *storage, progress));
  MARQUEE_TRY(const FoldTotals totals, fold(*storage));
  MARQUEE_CHECK(storage->stores->catalog.upsert(movies));
  MARQUEE_CHECK(storage->stores->catalog.set_dataset(dataset->name()));
  report_skipped(*dataset);
  progress.done(fmt::format("{}: {} films, {} interactions, {} lines skipped", dataset->name(),
                            movies.size(), totals.history, dataset->skipped_count()));
  return {};
}

}  // namespace marquee::app::commands
