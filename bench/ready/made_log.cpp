#include "bench/ready/made_log.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "adapters/embedded/event_log/segment_writer.h"
#include "adapters/embedded/sqlite/stores.h"
#include "base/clock.h"
#include "base/rng.h"

namespace marquee::bench {
namespace {

constexpr std::uint64_t kAppendEvents = 1'000;  // the most of one append
constexpr std::uint64_t kAppends = 8;           // in one frame

Result<std::vector<Movie>> films(const std::string& directory) {
  MovieTable movies;
  MARQUEE_TRY(const auto stores,
              embedded::SqliteStores::open(directory + "/marquee.db", movies,
                                           embedded::SqliteDatabase::Mode::kReadOnly));
  MARQUEE_TRY(auto catalog, stores->catalog.load());
  if (catalog.empty()) return Error{ErrorCode::kFailedPrecondition, "the catalogue is empty"};
  return catalog;
}

/// Clicks, ratings and likes; each viewer meets a film more than once now and then.
PendingEvent random_event(Rng& rng, const std::vector<Movie>& catalog, std::uint64_t viewers,
                          std::int64_t now_ms) {
  PendingEvent pending;
  Event& event = pending.event;
  event.event_id = Uuid::v7_from(now_ms, rng.next(), rng.next());
  event.user_id = UserId("viewer-" + std::to_string(rng.below(viewers)));
  event.movie_id = catalog[rng.below(catalog.size())].id;
  event.type = rng.below(4) == 0 ? EventType::kLike : EventType::kClick;
  event.ts_ms = now_ms;
  pending.fingerprint = rng.next();
  return pending;
}

}  // namespace

Result<void> extend_log(const std::string& directory, std::uint64_t end, std::uint64_t viewers) {
  MARQUEE_TRY(const auto catalog, films(directory));
  const SystemClock clock;
  embedded::SegmentWriter::Options options;
  options.directory = directory + "/events";
  options.folded_end = [] { return std::numeric_limits<std::uint64_t>::max(); };
  MARQUEE_TRY(const auto writer,
              embedded::SegmentWriter::open(embedded::posix_disk(), options, nullptr, clock));
  Rng rng(end);
  while (writer->end() < end) {
    std::vector<std::vector<PendingEvent>> appends;
    std::uint64_t left = std::min(end - writer->end(), kAppends * kAppendEvents);
    while (left > 0) {
      auto& append = appends.emplace_back();
      for (; left > 0 && append.size() < kAppendEvents; --left) {
        append.push_back(random_event(rng, catalog, viewers, clock.wall_ms()));
      }
    }
    (void)writer->commit(std::move(appends));
    if (!writer->health().ok()) return writer->health();
  }
  return writer->close();
}

Result<void> move_cursor(const std::string& directory, std::uint64_t end) {
  MovieTable movies;
  MARQUEE_TRY(const auto stores,
              embedded::SqliteStores::open(directory + "/marquee.db", movies,
                                           embedded::SqliteDatabase::Mode::kReadWrite));
  MARQUEE_TRY(const FoldedTotals stored, stores->profiles.totals());
  FoldBatch batch;
  batch.before = stored.cursor;
  batch.after.set_next(Offset::kEmbedded, end);
  batch.totals = stored.totals;
  batch.totals.applied += end - stored.cursor.next(Offset::kEmbedded);
  return stores->profiles.apply(batch);
}

}  // namespace marquee::bench
