#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/local_audit.h"
#include "app/progress.h"
#include "app/storage/import_mark.h"
#include "app/storage/storage.h"
#include "app/storage/whole_log.h"
#include "batch/import_history.h"
#include "datasets/dataset.h"
#include "formats/history_index.h"
#include "speed/rebuild.h"

namespace marquee::app::commands {
namespace {

constexpr std::size_t kReportedMax = 20;  // what a person reads; the count says the rest

// Where the bar stands when all is read, and when all is sorted and written.
constexpr double kReadShare = 0.2;
constexpr double kWrittenShare = 0.4;

Result<std::unique_ptr<datasets::Dataset>> open_dataset(const std::string& name,
                                                        const Settings& settings) {
  if (name == "synthetic") return datasets::make_synthetic({});
  return datasets::open_directory(name, {settings.import_skipped_share_max});
}

void report_skipped(const datasets::Dataset& dataset) {
  std::size_t reported = 0;
  for (const datasets::SkippedLine& line : dataset.skipped()) {
    if (reported == kReportedMax) break;
    fmt::print(stderr, "skipped {}:{}: {}\n", line.file, line.line, line.reason);
    ++reported;
  }
  if (dataset.skipped_count() > reported) {
    fmt::print(stderr, "… and {} more\n", dataset.skipped_count() - reported);
  }
}

/// One import into a directory that nobody else has open.
class Import {
 public:
  Import(datasets::Dataset& dataset, Storage& storage) : dataset_(dataset), storage_(storage) {}

  /// True when there was something to do.
  Result<bool> run(const std::string& name) {
    MARQUEE_TRY(const std::string present, storage_.stores->catalog.dataset());
    if (present == dataset_.name()) return false;
    if (!present.empty()) return other_data(present);
    progress_.step("import");
    MARQUEE_TRY(const auto movies, dataset_.movies());
    if (movies.empty()) {
      return Error{ErrorCode::kInvalidArgument, fmt::format("{} has no films", dataset_.name())};
    }
    MARQUEE_TRY(const ImportMark mark, ImportMark::set(storage_.paths.directory, name));
    MARQUEE_CHECK(archive(mark));
    MARQUEE_TRY(const FoldTotals totals, fold());
    MARQUEE_CHECK(storage_.stores->catalog.upsert(movies));
    MARQUEE_CHECK(storage_.stores->catalog.set_dataset(dataset_.name()));
    MARQUEE_CHECK(mark.clear());
    tell(movies.size(), totals);
    return true;
  }

 private:
  Error other_data(const std::string& present) const {
    return Error{ErrorCode::kFailedPrecondition,
                 fmt::format("{} holds {} already: name another directory with --data to import {}",
                             storage_.paths.directory.string(), present, dataset_.name())};
  }

  /// Streams the interactions into the archive. Nothing of them is there until all are: a failure
  /// leaves the directory as it was, unless an earlier import was cut off in it.
  Result<void> archive(const ImportMark& mark) {
    batch::ImportOptions options;
    options.temp_directory = storage_.paths.directory.string();
    options.progress = [this](const batch::ImportProgress& done) { show(done); };
    const auto written =
        batch::write_history([this](const auto& take) { return dataset_.interactions(take); },
                             *storage_.objects, options);
    if (written.ok()) {
      summary_ = *written;
      return {};
    }
    const auto committed = storage_.objects->get(formats::HistoryIndex::kKey);
    const bool untouched = !committed.ok() && committed.error().code == ErrorCode::kNotFound;
    if (untouched) MARQUEE_CHECK(mark.clear());
    return written.error();
  }

  void show(const batch::ImportProgress& done) {
    if (done.events_written == 0) {
      progress_.update(kReadShare * dataset_.share_read(),
                       fmt::format("{} interactions read", done.events_read));
      return;
    }
    const double share =
        static_cast<double>(done.events_written) / static_cast<double>(done.events_read);
    progress_.update(kReadShare + (kWrittenShare - kReadShare) * share,
                     fmt::format("{} interactions written", done.events_written));
  }

  Result<FoldTotals> fold() {
    MARQUEE_TRY(const auto history, batch::read_history(*storage_.objects));
    std::uint64_t folded = 0;
    const auto counted = [&]() -> Result<std::vector<Event>> {
      if (summary_.events > 0) {
        const double share = static_cast<double>(folded) / static_cast<double>(summary_.events);
        progress_.update(kWrittenShare + (1 - kWrittenShare) * share,
                         fmt::format("{} interactions folded", folded));
      }
      MARQUEE_TRY(auto events, history());
      folded += events.size();
      return events;
    };
    MARQUEE_TRY(const auto log, whole_log(storage_));
    MARQUEE_CHECK(storage_.stores->profiles.reset());
    return speed::fold_from_zero(counted, log.get(), std::nullopt, storage_.stores->profiles,
                                 storage_.movies);
  }

  void tell(std::size_t movies, const FoldTotals& totals) {
    report_skipped(dataset_);
    for (const std::string& note : dataset_.notes()) fmt::print(stderr, "note: {}\n", note);
    if (summary_.duplicates > 0) {
      fmt::print(stderr, "note: {} interactions came twice and count once\n", summary_.duplicates);
    }
    progress_.done(fmt::format("{}: {} films, {} interactions, {} lines skipped", dataset_.name(),
                               movies, totals.history, dataset_.skipped_count()));
  }

  datasets::Dataset& dataset_;
  Storage& storage_;
  Progress progress_;
  batch::ImportSummary summary_;
};

}  // namespace

Result<void> import_dataset(const LoadedSettings& loaded, const std::string& name) {
  MARQUEE_TRY(const auto dataset, open_dataset(name, loaded.settings));
  MARQUEE_TRY(const auto storage,
              Storage::open_owner(loaded.settings, Storage::Unfinished::kImport));
  LocalAudit audit(storage->stores->audit, storage->clock, "import", name);
  const auto imported = audit.around([&] { return Import(*dataset, *storage).run(name); });
  if (!imported.ok()) {
    report_skipped(*dataset);
    return imported.error();
  }
  if (!*imported) {
    fmt::print("{} is in {} already\n", dataset->name(), storage->paths.directory.string());
  }
  return {};
}

}  // namespace marquee::app::commands
