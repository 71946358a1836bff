#include "adapters/embedded/event_log/segment_log.h"

#include <algorithm>
#include <new>
#include <thread>

#include "base/thread_role.h"
#include "telemetry/log.h"

namespace marquee::embedded {
namespace {

constexpr std::size_t kAppendEventsMax = 1'000;
constexpr std::chrono::seconds kLookForSpaceEvery{1};

Cursor cursor_at(std::uint64_t sequence) {
  Cursor cursor;
  cursor.set_next(Offset::kEmbedded, sequence);
  return cursor;
}

Error closed() { return Error{ErrorCode::kUnavailable, "the event log is closed"}; }

}  // namespace

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(const Options& options,
                                                     const KnownEvents* known, const Clock& clock,
                                                     Disk& disk) {
  MARQUEE_TRY(auto writer, SegmentWriter::open(disk, options.writer, known, clock));
  return std::unique_ptr<SegmentLog>(
      new SegmentLog(options, std::move(writer), clock));  // NOLINT: private constructor
}

SegmentLog::SegmentLog(const Options& options, std::unique_ptr<SegmentWriter> writer,
                       const Clock& clock)
    : writer_(std::move(writer)),
      clock_(clock),
      recent_events_limit_(options.writer.recent_events_limit),
      queue_(options.queue_events_max),
      recent_(options.recent_records_max),
      reader_(writer_->segments()),
      end_(writer_->end()) {
  const RecoveredLog& recovered = writer_->recovered();
  opened_.first_offset = writer_->segments().first()->header.first_offset;
  opened_.end_offset = end_;
  opened_.events_checked = recovered.scan.events;
  opened_.torn_bytes = recovered.scan.torn_bytes;
  opened_.torn_file = recovered.torn_file;
  deduplication_ = writer_->deduplication();
  opened_.was_closed = recovered.scan.ends_with_mark || recovered.segments.empty();
  thread_ = std::thread([this] {
    take_role("log", ThreadRole::kAnswers);
    write_all();
  });
}

SegmentLog::~SegmentLog() { (void)close(); }

Result<void> SegmentLog::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return {};
    closing_ = true;
  }
  queue_.close();
  thread_.join();
  auto written = writer_->close();
  grown_.notify_all();
  return written;
}

void SegmentLog::report_to(telemetry::Metrics& metrics) {
  const std::lock_guard lock(mutex_);
  metrics_.emplace(metrics, recent_events_limit_);
  metrics_->show(deduplication_);
}

void SegmentLog::append(std::vector<PendingEvent> events, Completion done) {
  if (events.empty() || events.size() > kAppendEventsMax) {
    done(Error{ErrorCode::kInvalidArgument, "an append takes 1 to 1,000 events"});
    return;
  }
  QueuedAppend append{std::move(events), std::move(done)};
  switch (queue_.try_push(append)) {
    case AppendQueue::Pushed::kYes:
      return;
    case AppendQueue::Pushed::kFull:
      append.done(Error{ErrorCode::kUnavailable, "the event log's queue is full, try again"});
      return;
    case AppendQueue::Pushed::kClosed:
      append.done(closed());
      return;
  }
}

/// The writer thread.
void SegmentLog::write_all() {
  for (bool more = true; more;) {
    try {
      more = write_group();
    } catch (const std::bad_alloc&) {
      std::this_thread::yield();  // every append is still in the queue, or has been answered
    }
  }
}

/// Waits for appends, writes and answers them; false when the log is closed and all is written.
bool SegmentLog::write_group() {
  auto group = queue_.pop_all();
  if (group.empty()) return false;
  SegmentWriter::Commit commit;
  try {
    std::vector<std::vector<PendingEvent>> appends;
    appends.reserve(group.size());
    for (QueuedAppend& append : group) appends.push_back(std::move(append.events));
    commit = writer_->commit(std::move(appends));
    publish(commit);
  } catch (const std::bad_alloc&) {
    // Nobody knows how far the frame came, as after a failed write: the next start reads the disk.
    commit = {};
    writer_->stop_out_of_memory();
    publish(commit);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    answer(group[i],
           i < commit.outcomes.size() ? std::move(commit.outcomes[i]) : writer_->health().error());
  }
  return true;
}

/// One answer that cannot be given, for lack of memory, must not take the others with it.
void SegmentLog::answer(QueuedAppend& append, Result<std::vector<AppendOutcome>> outcome) {
  try {
    append.done(std::move(outcome));
  } catch (const std::bad_alloc&) {
    telemetry::log(telemetry::Level::kError, "events",
                   "out of memory answering an append: its sender is told nothing");
  }
}

void SegmentLog::publish(SegmentWriter::Commit& commit) {
  const bool grew = !commit.records.empty();
  if (grew) recent_.add(std::move(commit.records));
  {
    const std::lock_guard lock(mutex_);
    end_ = writer_->end();
    health_ = writer_->health();
    deduplication_ = writer_->deduplication();
    if (metrics_) metrics_->show(deduplication_);
  }
  if (grew) grown_.notify_all();
}

Result<LogBatch> SegmentLog::read(const Cursor& from, std::size_t events_max,
                                  std::chrono::milliseconds wait) {
  const std::uint64_t first = from.next(Offset::kEmbedded);
  std::uint64_t end = 0;
  {
    std::unique_lock lock(mutex_);
    grown_.wait_for(lock, wait, [&] { return first < end_ || closing_; });
    end = end_;
  }
  LogBatch batch{{}, from};
  if (first >= end || events_max == 0) return batch;
  if (auto recent = recent_.find(first, events_max)) {
    batch.records = *std::move(recent);
    batch.next.set_next(Offset::kEmbedded, first + batch.records.size());
    return batch;
  }
  MARQUEE_TRY(auto found, reader_.read(first, end, events_max));
  if (found.next == first) {
    return damage(*found.segment, found.position, found.next,
                  found.stop == RecordReader::Stop::kBad ? "a frame's checksum is wrong"
                                                         : "the events behind it are missing");
  }
  batch.records = std::move(found.records);
  batch.next.set_next(Offset::kEmbedded, found.next);
  return batch;
}

Cursor SegmentLog::end() const {
  const std::lock_guard lock(mutex_);
  return cursor_at(end_);
}

Cursor SegmentLog::begin() const {
  const auto first = segments().first();
  return cursor_at(first ? first->header.first_offset : 0);
}

Result<void> SegmentLog::health() const {
  const std::lock_guard lock(mutex_);
  if (closing_) return closed();
  const bool full = !health_.ok() && health_.error().code == ErrorCode::kResourceExhausted;
  if (full && has_space_again()) health_ = {};
  return health_;
}

bool SegmentLog::has_space_again() const {
  const auto now = clock_.steady();
  if (space_seen_at_ && now - *space_seen_at_ < kLookForSpaceEvery) return false;
  space_seen_at_ = now;
  return writer_->has_space();
}

}  // namespace marquee::embedded
