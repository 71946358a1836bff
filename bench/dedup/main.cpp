// What an event costs for as long as its repeat must be recognised: bytes in memory while it is
// recent, bytes on disk afterwards.
//
//     marquee_bench_dedup [DIRECTORY [EVENTS]]      a scratch directory under it; /tmp, 100,000

#include <filesystem>
#include <future>

#include <malloc.h>
#include <sqlite3.h>

#include "adapters/embedded/event_log/recent_events.h"
#include "app/storage/storage.h"
#include "base/rng.h"
#include "bench/measure.h"
#include "speed/fold_processor.h"
#include "testing/event_builder.h"

namespace marquee::bench {
namespace {

constexpr std::size_t kRecent = 200'000;  ///< SegmentWriter::Options
constexpr std::size_t kLimit = 500'000;
constexpr double kWeekSeconds = 7 * 24 * 3'600;

double memory_of_an_event(std::size_t count) {
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  embedded::RecentEvents events;
  for (std::uint64_t i = 0; i < count; ++i) {
    events.insert(embedded::RecentEvents::key_of(UserId(fmt::format("viewer-{}", i)), Uuid::v7(1)),
                  {i, i, 0});
  }
  const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
  return static_cast<double>(after - before) / static_cast<double>(count);
}

void append_all(EventLog& log, std::size_t count, Rng& rng) {
  const std::int64_t now = SystemClock().wall_ms();
  for (std::size_t done = 0; done < count;) {
    std::vector<PendingEvent> events;
    for (; events.size() < 1'000 && done < count; ++done) {
      auto pending = testing::EventBuilder(fmt::format("viewer-{}", rng.below(5'000)),
                                           std::to_string(rng.below(9'000)), EventType::kRating)
                         .value(4.5)
                         .pending();
      pending.event.event_id = Uuid::v7(now);
      events.push_back(std::move(pending));
    }
    std::promise<void> stored;
    log.append(std::move(events), [&](const Result<std::vector<AppendOutcome>>& outcome) {
      if (!outcome.ok()) must(Result<void>(outcome.error()));
      stored.set_value();
    });
    stored.get_future().wait();
  }
}

/// Bytes of the pages of a table or index.
double pages_of(const std::string& database, const char* name) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  double bytes = 0;
  if (sqlite3_open_v2(database.c_str(), &connection, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(connection, "SELECT sum(pgsize) FROM dbstat WHERE name = ?", -1,
                         &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) bytes = sqlite3_column_double(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return bytes;
}

int run(const std::filesystem::path& parent, std::size_t count) {
  const auto root = parent / ("marquee_bench_dedup_" + Uuid::v7(1).to_string());
  Settings settings;
  settings.data_dir = (root / "data").string();
  double log_bytes = 0;
  std::string database;
  {
    auto storage = must(app::Storage::open_owner(settings));
    database = storage->paths.database.string();
    Rng rng(1);
    append_all(*storage->log, count, rng);
    const auto files = std::filesystem::directory_iterator(storage->paths.events);
    for (const auto& file : files) log_bytes += static_cast<double>(file.file_size());
    telemetry::Metrics metrics;
    auto fold = must(speed::FoldProcessor::start(*storage->log, storage->stores->profiles,
                                                 storage->movies, storage->clock, metrics, {}, {}));
    fold->stop();
  }
  const auto each = [count](double bytes) { return bytes / static_cast<double>(count); };
  const double index = each(pages_of(database, "interactions_event"));
  const double rows = each(pages_of(database, "interactions"));
  const double memory = memory_of_an_event(kRecent);
  fmt::print("in memory, of the {} newest:   {:4.0f} bytes an event, {:.0f} MB\n", kRecent, memory,
             memory * kRecent / 1e6);
  const double full = memory_of_an_event(kLimit);
  fmt::print("in memory, at the limit of {}: {:4.0f} bytes an event, {:.0f} MB\n", kLimit, full,
             full * kLimit / 1e6);
  fmt::print("on disk, the index by event id: {:4.0f} bytes an event\n", index);
  fmt::print("on disk, the history's row:     {:4.0f} bytes an event, kept beyond the window\n",
             rows);
  fmt::print("on disk, the log:               {:4.0f} bytes an event, kept beyond the window\n",
             each(log_bytes));
  for (const double rate : {10.0, 100.0, 1'000.0}) {
    fmt::print("7 days at {:5.0f} events/s: {:6.2f} GB of index, the same {:.0f} MB of memory\n",
               rate, rate * kWeekSeconds * index / 1e9, memory * kRecent / 1e6);
  }
  std::filesystem::remove_all(root);
  return 0;
}

}  // namespace
}  // namespace marquee::bench

int main(int argc, char** argv) {
  return marquee::bench::run(argc > 1 ? argv[1] : "/tmp",
                             argc > 2 ? static_cast<std::size_t>(std::atoll(argv[2])) : 100'000);
}
