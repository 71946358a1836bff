#include "app/migration/migration.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "adapters/embedded/files/posix_file.h"
#include "app/local_audit.h"
#include "app/migration/identity_copy.h"
#include "app/migration/state_copy.h"
#include "app/migration/target.h"
#include "app/migration/truth_copy.h"
#include "app/storage/batch_lock.h"
#include "app/storage/storage.h"
#include "batch/archive_stage.h"
#include "batch/archived_log.h"
#include "formats/log_moves.h"
#include "speed/rebuild.h"

namespace marquee::app {
namespace {

Error changed_meanwhile(const MigrationSide& side) {
  return Error{ErrorCode::kFailedPrecondition,
               fmt::format("{} was written to meanwhile: stop every server on it and run the same "
                           "again",
                           side.name)};
}

/// Nobody serves it, and it will not be made where there is none.
Result<std::unique_ptr<Storage>> open_source(const MigrationSide& side) {
  const auto looked_at = Storage::open_reader(side.settings);
  if (!looked_at.ok()) return looked_at.error();
  return Storage::open_owner(side.settings);
}

/// What a server that was killed had not come to. Returns how many events.
Result<std::uint64_t> fold_rest(Storage& source, Progress& progress) {
  const auto sum = [](const FoldTotals& totals) {
    return totals.applied + totals.deduplicated + totals.dead_lettered;
  };
  MARQUEE_TRY(const FoldedTotals before, source.stores->profiles.totals());
  if (before.cursor == source.log->end()) return std::uint64_t{0};
  progress.step("fold");
  MARQUEE_TRY(const FoldTotals after, speed::fold_pending(*source.log, source.stores->profiles,
                                                          source.movies, source.clock.wall_ms()));
  const std::uint64_t pending = sum(after) - sum(before.totals);
  progress.done(fmt::format("{} events that no server had come to", pending));
  return pending;
}

/// One migration from a source that is folded to its end.
class Migration {
 public:
  Migration(const MigrationSide& from, Storage& source, MigrationTarget& target, Cursor end,
            Progress& progress)
      : from_(from),
        source_(source),
        target_(*target.storage),
        end_(std::move(end)),
        progress_(progress) {}

  Result<Migrated> run() {
    MARQUEE_CHECK(copy_lakehouse());
    MARQUEE_CHECK(copy_folded_state());
    MARQUEE_CHECK(copy_truths());
    MARQUEE_CHECK(copy_token());
    MARQUEE_CHECK(compare());
    done_.at = end_;
    return done_;
  }

 private:
  /// Every object, then what the log has beyond the archive, the day that is still open as well:
  /// the target's log begins behind all of it.
  Result<void> copy_lakehouse() {
    progress_.step("objects");
    MARQUEE_TRY(done_.object_bytes,
                copy_objects(*source_.objects, *target_.objects, MigrationMark::kObject,
                             [this](std::size_t copied, std::size_t all) {
                               progress_.update(
                                   static_cast<double>(copied) / static_cast<double>(all),
                                   fmt::format("{} of {} objects", copied, all));
                             }));
    formats::RunRecord until;
    until.log_end = end_;
    until.archive_until_day = std::numeric_limits<std::int32_t>::max();
    MARQUEE_TRY(const auto archived, batch::archive_stage(until, *source_.log, *target_.objects));
    MARQUEE_CHECK(note_move());
    progress_.done(fmt::format("{:.1f} MB copied, {} more events archived",
                               static_cast<double>(done_.object_bytes) / 1e6, archived.events));
    return {};
  }

  Result<void> note_move() {
    MARQUEE_TRY(formats::LogMoves moves, batch::load_log_moves(*target_.objects));
    if (end_ == moves.last()) return {};  // nothing came since the last one
    moves.moves.push_back(end_);
    const std::string json = formats::to_json(moves);
    return target_.objects->put(formats::LogMoves::kKey, std::as_bytes(std::span(json)));
  }

  Result<void> copy_folded_state() {
    progress_.step("shown lists");
    // Before the clicks on them, which are counted as they come.
    MARQUEE_CHECK(target_.stores->profiles.reset());
    MARQUEE_TRY(done_.lists,
                copy_shown_lists(source_.stores->recommendations, target_.stores->recommendations));
    progress_.done(fmt::format("{}", done_.lists));
    progress_.step("state");
    MARQUEE_TRY(const FoldedTotals folded,
                copy_state({source_.stores->profiles, source_.movies},
                           {target_.stores->profiles, target_.movies},
                           [this](std::uint64_t copied, std::uint64_t all) {
                             done_.viewers = all;
                             progress_.update(
                                 static_cast<double>(copied) / static_cast<double>(all),
                                 fmt::format("{} of {} viewers", copied, all));
                           }));
    const FoldTotals& totals = folded.totals;
    done_.events = totals.history + totals.applied + totals.deduplicated + totals.dead_lettered;
    progress_.done(fmt::format("{} viewers, {} events", done_.viewers, done_.events));
    return {};
  }

  Result<void> copy_truths() {
    progress_.step("models");
    MARQUEE_TRY(done_.models, copy_models(*source_.stores, *target_.stores, *target_.objects));
    progress_.done(fmt::format("{}", done_.models));
    progress_.step("runs");
    MARQUEE_TRY(done_.runs, copy_runs(source_.stores->runs, target_.stores->runs, target_.clock));
    progress_.done(fmt::format("{}", done_.runs));
    progress_.step("catalogue");
    MARQUEE_TRY(done_.films, copy_catalog(source_.stores->catalog, target_.stores->catalog));
    progress_.done(fmt::format("{} films", done_.films));
    progress_.step("keys");
    MARQUEE_TRY(const auto keys, copy_keys(source_.stores->keys, target_.stores->keys));
    MARQUEE_TRY(const auto entries, copy_audit_log(source_.stores->audit, target_.stores->audit));
    progress_.done(fmt::format("{}, and {} entries of the audit log", keys, entries));
    return {};
  }

  /// So that operators' scripts go on working; one that is there stays.
  Result<void> copy_token() const {
    constexpr const char* kToken = "operator.token";
    const auto there = embedded::read_whole_file(target_.paths.directory / kToken);
    if (there.ok()) return {};
    const auto token = embedded::read_whole_file(source_.paths.directory / kToken);
    if (!token.ok() && token.error().code == ErrorCode::kNotFound) return {};
    if (!token.ok()) return token.error();
    return embedded::write_new_file(target_.paths.directory / kToken, *token, 0600);
  }

  Result<void> compare() {
    progress_.step("compare");
    MARQUEE_TRY(const auto old_state, speed::hash_state(source_.stores->profiles, source_.movies));
    MARQUEE_TRY(const auto new_state, speed::hash_state(target_.stores->profiles, target_.movies));
    MARQUEE_TRY(const auto old_clicks, source_.stores->recommendations.click_through());
    MARQUEE_TRY(const auto new_clicks, target_.stores->recommendations.click_through());
    if (source_.log->end() != end_ || old_state.at.cursor != end_) return changed_meanwhile(from_);
    const bool same =
        old_state.hex == new_state.hex && old_state.at.totals == new_state.at.totals &&
        new_state.at.cursor == end_ && old_clicks.lists == new_clicks.lists &&
        old_clicks.shown == new_clicks.shown && old_clicks.clicked == new_clicks.clicked;
    if (!same) {
      return Error{ErrorCode::kInternal,
                   fmt::format("the migrated state {} differs from the old one {}: run marquee "
                               "rebuild --verify on {}, then the same again",
                               new_state.hex, old_state.hex, from_.name)};
    }
    done_.state_hash = new_state.hex;
    progress_.done(new_state.hex);
    return {};
  }

  const MigrationSide& from_;
  Storage& source_;
  Storage& target_;
  const Cursor end_;
  Progress& progress_;
  Migrated done_;
};

constexpr const char* kAction = "migrate-data";

/// The newest entry that came along says that this was asked for; here is how it ended.
Result<void> note_arrival(Storage& target, const std::string& from) {
  MARQUEE_TRY(const AuditPage newest, target.stores->audit.list(std::nullopt, 1));
  LocalAudit audit(target.stores->audit, target.clock, kAction, from);
  return newest.entries.empty() ? audit.done() : audit.done(newest.entries.front().seq);
}

Result<Migrated> move_everything(const MigrationSide& from, Storage& source,
                                 const MigrationSide& to, Progress& progress) {
  MARQUEE_TRY(const auto batch_lock, BatchLock::acquire(source));
  MARQUEE_TRY(const std::uint64_t pending, fold_rest(source, progress));
  MARQUEE_TRY(const FoldedTotals folded, source.stores->profiles.totals());
  if (folded.cursor != source.log->end()) return changed_meanwhile(from);
  MARQUEE_TRY(auto target, MigrationTarget::open(to, from.name, folded.cursor));
  MARQUEE_TRY(Migrated migrated, Migration(from, source, target, folded.cursor, progress).run());
  MARQUEE_CHECK(target.mark.clear(*target.storage->objects));
  MARQUEE_CHECK(note_arrival(*target.storage, from.name));
  migrated.folded = pending;
  return migrated;
}

}  // namespace

Result<Migrated> migrate_data(const MigrationSide& from, const MigrationSide& to,
                              Progress& progress) {
  MARQUEE_TRY(const auto source, open_source(from));
  LocalAudit audit(source->stores->audit, source->clock, kAction, to.name);
  return audit.around([&] { return move_everything(from, *source, to, progress); });
}

}  // namespace marquee::app
