#include "speed/fold_processor.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "speed/fold_batch.h"
#include "speed/fold_metrics.h"
#include "speed/profile_table.h"
#include "speed/step_thread.h"

namespace marquee::speed {
namespace {

std::uint64_t events_between(const Cursor& from, const Cursor& to) {
  std::uint64_t count = 0;
  for (const auto& [partition, next] : to.partitions()) {
    count += next - std::min(next, from.next(partition));
  }
  return count;
}

class Processor final : public FoldProcessor {
 public:
  Processor(EventLog& log, ProfileStore& store, MovieTable& movies, const Clock& clock,
            telemetry::Metrics& metrics, OnChange on_change, Options options)
      : log_(log),
        behind_(store, options.behind),
        movies_(movies),
        clock_(clock),
        metrics_(metrics),
        on_change_(std::move(on_change)),
        options_(std::move(options)),
        table_(clock),
        thread_({"folding", "fold", ThreadRole::kAnswers},
                {options_.backoff_min, options_.backoff_max}) {
    base_.profile = [this](const UserId& user) { return table_.find(user); };
    base_.event = [this](const UserId& user, const EventId& id) {
      return behind_.find_event(user, id);
    };
  }
  ~Processor() override {
    if (on_threads_) stop();
  }

  Result<void> load_stored() {
    MARQUEE_TRY(
        const FoldedTotals stored,
        behind_.load([this](const UserId& user,
                            UserProfile profile) { table_.load_profile(user, std::move(profile)); },
                     [this](const CountDelta& count) { table_.load_count(count); }));
    for (const auto& [partition, next] : stored.cursor.partitions()) {
      const std::uint64_t end = log_.end().next(partition);
      if (next > end) {
        return Error{
            ErrorCode::kDataLoss,
            fmt::format("the event log ends at {} but the folded state stands at {}: "
                        "restore the log, or rebuild the state from what is left of it",
                        Offset{partition, end}.to_string(), Offset{partition, next}.to_string())};
      }
    }
    MARQUEE_CHECK(check_begin(stored.cursor));
    table_.load_cursor(stored.cursor);
    base_.cursor = read_ = stored.cursor;
    set_totals(stored.totals);
    return {};
  }

  Result<void> catch_up() {
    const Cursor end = log_.end();
    while (folded_ || events_between(read_, end) > 0) {
      const Result<void> stepped = step(std::chrono::milliseconds(0));
      if (stepped.ok()) continue;
      // A store that is only slow makes room in time.
      const bool waits = folded_ && stepped.error().code == ErrorCode::kUnavailable;
      if (!waits || !behind_.health().ok()) return stepped;
    }
    return {};
  }

  void store_on_a_thread() {
    on_threads_ = true;
    behind_.start();
  }

  void fold_on_a_thread() {
    thread_.start(
        [this] {
          const Result<void> stepped = step(options_.wait);
          metrics_.pending(events_between(folded_ ? base_.cursor : read_, log_.end()));
          return stepped;
        },
        [this](std::chrono::milliseconds backoff) { metrics_.retry(backoff); });
  }

  /// Reads and folds one batch, unless one waits for room already, and shows it.
  Result<void> step(std::chrono::milliseconds wait) override {
    if (showing_) {  // an exception (no memory) left it half done: only a start mends that
      return Error{ErrorCode::kUnavailable, "out of memory while showing what was folded; restart"};
    }
    if (!folded_) {
      MARQUEE_TRY(LogBatch read, log_.read(read_, options_.batch_events_max, wait));
      if (read.records.empty()) {
        read_ = std::move(read.next);
        return {};
      }
      std::vector<FoldItem> items;
      items.reserve(read.records.size());
      for (LogRecord& record : read.records) {
        items.push_back(
            {std::move(record.event), record.offset, record.fingerprint, std::move(record.poison)});
      }
      MARQUEE_TRY(FoldBatch folded,
                  fold_batch(items, base_, std::move(read.next), movies_, clock_.wall_ms()));
      read_ = folded.after;
      folded_ = std::move(folded);
    }
    MARQUEE_CHECK(behind_.apply(*folded_));
    showing_ = true;
    show(*std::exchange(folded_, std::nullopt));
    showing_ = false;
    return {};
  }
  Result<void> store() override { return behind_.store(); }

  const ProfileStore& profiles() const override { return behind_; }
  QueueState unstored() const override { return behind_.queue(); }

  FoldedState& state() override { return table_; }
  FoldTotals totals() const override {
    const std::lock_guard lock(mutex_);
    return totals_;
  }
  QueueState waiters() const override { return table_.waiters(); }
  Result<void> health() const override {
    MARQUEE_CHECK(thread_.health());
    return behind_.health();
  }
  void stop() override {
    thread_.stop();
    behind_.stop();
  }

 private:
  /// An older state meets a log whose events behind its cursor are in the archive alone.
  Result<void> check_begin(const Cursor& stored) const {
    const Cursor log_begin = log_.begin();
    for (const auto& [partition, first] : log_begin.partitions()) {
      if (stored.next(partition) >= first) continue;
      return Error{ErrorCode::kFailedPrecondition,
                   fmt::format("the folded state stands at {} but the event log begins at {}: fold "
                               "archive and log again with: marquee rebuild",
                               Offset{partition, stored.next(partition)}.to_string(),
                               Offset{partition, first}.to_string())};
    }
    return {};
  }

  void show(const FoldBatch& batch) {
    base_.cursor = batch.after;
    table_.publish(batch);
    set_totals(batch.totals);
    metrics_.visible(batch.applied, clock_.wall_ms());
    table_.read_transitions([this](const TransitionCounts& now) { metrics_.transitions(now); });
    if (!on_change_) return;
    for (const auto& [user, profile] : batch.profiles) on_change_(user, profile->version);
  }

  void set_totals(const FoldTotals& totals) {
    base_.totals = totals;
    metrics_.totals(totals);
    const std::lock_guard lock(mutex_);
    totals_ = totals;
  }

  EventLog& log_;
  WriteBehind behind_;
  MovieTable& movies_;
  const Clock& clock_;
  FoldMetrics metrics_;
  const OnChange on_change_;
  const Options options_;
  ProfileTable table_;
  FoldBase base_;                    // the fold thread's, as is all up to the next mutex
  Cursor read_;                      // beyond base_.cursor when no event lies between
  std::optional<FoldBatch> folded_;  // not shown yet
  bool showing_ = false;             // stays so when showing was left by an exception
  bool on_threads_ = false;          // of its own; else who drives it decides what is stored
  mutable std::mutex mutex_;
  FoldTotals totals_;
  StepThread thread_;  // ends first
};

}  // namespace

Result<std::unique_ptr<FoldProcessor>> FoldProcessor::start(EventLog& log, ProfileStore& store,
                                                            MovieTable& movies, const Clock& clock,
                                                            telemetry::Metrics& metrics,
                                                            OnChange on_change, Options options) {
  auto processor = std::make_unique<Processor>(log, store, movies, clock, metrics,
                                               std::move(on_change), std::move(options));
  MARQUEE_CHECK(processor->load_stored());
  processor->store_on_a_thread();
  MARQUEE_CHECK(processor->catch_up());
  processor->fold_on_a_thread();
  return std::unique_ptr<FoldProcessor>(std::move(processor));
}

Result<std::unique_ptr<FoldProcessor>> FoldProcessor::load(EventLog& log, ProfileStore& store,
                                                           MovieTable& movies, const Clock& clock,
                                                           telemetry::Metrics& metrics,
                                                           OnChange on_change, Options options) {
  auto processor = std::make_unique<Processor>(log, store, movies, clock, metrics,
                                               std::move(on_change), std::move(options));
  MARQUEE_CHECK(processor->load_stored());
  return std::unique_ptr<FoldProcessor>(std::move(processor));
}

}  // namespace marquee::speed
